//! The memory of argon2, kept between hashes.
//!
//! A hash of the default parameters uses 19 MiB. Allocating them for each hash would cost some
//! thousand page faults, a tenth of the time of the hash.

use std::fmt;
use std::hint::black_box;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::{Block, Error};

/// Buffers of one size, as many as hashes have run at once. Each is wiped before it is kept, since
/// its blocks derive from a password.
#[derive(Clone)]
pub(super) struct MemoryPool {
    blocks: usize,
    free: Arc<Mutex<Vec<Vec<Block>>>>,
}

impl MemoryPool {
    /// A pool of buffers of `blocks` blocks.
    pub(super) fn new(blocks: usize) -> Self {
        Self { blocks, free: Arc::default() }
    }

    /// A buffer of `blocks` blocks, all zero. One of another size than the pool keeps is given back
    /// to the system.
    pub(super) fn acquire(&self, blocks: usize) -> Result<PooledMemory<'_>, Error> {
        let kept = if blocks == self.blocks { self.free().pop() } else { None };
        let memory = match kept {
            Some(memory) => memory,
            None => {
                let mut memory = Vec::new();
                memory.try_reserve_exact(blocks).map_err(|_| Error::OutOfMemory)?;
                memory.resize(blocks, Block::new());
                memory
            }
        };
        Ok(PooledMemory { memory, pool: self })
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        // A panic cannot leave a push or a pop half done.
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> Vec<Vec<Block>> {
        self.free().clone()
    }
}

impl fmt::Debug for MemoryPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryPool").field("blocks", &self.blocks).finish_non_exhaustive()
    }
}

/// Memory for one hash. It is wiped and returned to the pool on drop, also if the hash panics.
pub(super) struct PooledMemory<'a> {
    memory: Vec<Block>,
    pool: &'a MemoryPool,
}

impl Deref for PooledMemory<'_> {
    type Target = [Block];

    fn deref(&self) -> &[Block] {
        &self.memory
    }
}

impl DerefMut for PooledMemory<'_> {
    fn deref_mut(&mut self) -> &mut [Block] {
        &mut self.memory
    }
}

impl Drop for PooledMemory<'_> {
    fn drop(&mut self) {
        let mut memory = std::mem::take(&mut self.memory);
        memory.fill(Block::new());
        // Keeps the compiler from removing the wipe of memory that is freed next.
        black_box(&mut memory);
        if memory.len() == self.pool.blocks {
            self.pool.free().push(memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_wiped_and_reused() {
        let memory_pool = MemoryPool::new(8);
        let mut lent = memory_pool.acquire(8).expect("memory");
        let address = lent.as_ptr();
        for block in lent.iter_mut() {
            block.as_mut().fill(u64::MAX);
        }
        drop(lent);
        let again = memory_pool.acquire(8).expect("memory");
        assert_eq!(again.as_ptr(), address);
        assert!(again.iter().all(|block| block.as_ref().iter().all(|word| *word == 0)));
        let second = memory_pool.acquire(8).expect("memory");
        drop((again, second, memory_pool.acquire(9).expect("memory")));
        assert_eq!(memory_pool.kept().len(), 2, "of one size, as many as were lent at once");
    }
}
