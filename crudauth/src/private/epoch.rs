/// The integer of a credential epoch.
pub trait Epoch: Copy {
    /// The epoch as the runtime counts it.
    fn to_i64(self) -> i64;
    /// The epoch as the column stores it. It wraps at the end of the type, which ends old
    /// credentials as well.
    fn from_i64(epoch: i64) -> Self;
}

impl Epoch for i64 {
    fn to_i64(self) -> i64 {
        self
    }

    fn from_i64(epoch: i64) -> Self {
        epoch
    }
}

impl Epoch for i32 {
    fn to_i64(self) -> i64 {
        self.into()
    }

    fn from_i64(epoch: i64) -> Self {
        Self::try_from(epoch).unwrap_or(Self::MIN)
    }
}
