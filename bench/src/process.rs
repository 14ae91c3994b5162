//! Contenders in processes of their own, so that nothing else is measured with them.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write, stdin, stdout};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::serve::ListenerExt;
use http_body_util::BodyExt;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::Outcome;
use crate::line_up::{Contender, Prepared, Proof};
use crate::servers::Servers;

/// Sends `requests` through the router, without a network.
pub fn drive(contender: Contender, requests: usize) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let Prepared { router, proof, .. } = &contender.prepare().await?;
        for _ in 0..requests {
            let mut request = Request::get("/me").header("host", "bench");
            if let Some((name, value)) = proof {
                request = request.header(*name, value);
            }
            let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
            let status = answer.status();
            let body = answer.into_body().collect().await?.to_bytes();
            if !status.is_success() || body.is_empty() {
                return Err(format!("answered with {status}").into());
            }
        }
        Ok(())
    })
}

/// Serves until standard input ends. Prints where, and the proof of who is signed in.
pub fn serve(contender: Contender) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let Prepared { router, proof, folder: _folder } = contender.prepare().await?;
        serve_router(router, &proof).await
    })
}

/// As [`serve`], with any router.
pub async fn serve_router(router: Router, proof: &Proof) -> Outcome {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (name, value) = proof.clone().unwrap_or_default();
    println!("{}\t{name}\t{value}", listener.local_addr()?);
    stdout().flush()?;
    let ended = tokio::task::spawn_blocking(|| stdin().read_to_end(&mut Vec::new()));
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    tokio::select! {
        served = async { axum::serve(listener, router).await } => Ok(served?),
        _ = ended => Ok(()),
    }
}

/// A server that runs in a process of its own, and ends with this value.
pub struct Served {
    pub child: Child,
    pub address: SocketAddr,
    pub proof: Proof,
}

impl Served {
    /// Starts this program with `arguments`.
    pub fn start(arguments: &[&str]) -> Outcome<Self> {
        Self::start_beside(&Servers::default(), &[], arguments)
    }

    /// As [`start`](Self::start), with these servers, below `wrapper` if there is one.
    pub fn start_beside(servers: &Servers, wrapper: &[&str], arguments: &[&str]) -> Outcome<Self> {
        Self::start_told(&servers.variables(), wrapper, arguments)
    }

    /// As [`start_beside`](Self::start_beside), told where the servers are.
    pub fn start_told(
        places: &[(&str, String)],
        wrapper: &[&str],
        arguments: &[&str],
    ) -> Outcome<Self> {
        let program = env::current_exe()?;
        let mut command = match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        let command = command.args(arguments).envs(places.iter().cloned());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let mut parts = line.trim_end_matches('\n').split('\t');
        let mut part = || parts.next().ok_or("the server did not start");
        let (address, name, value) = (part()?.parse()?, part()?, part()?);
        let name = match name {
            "cookie" => Some("cookie"),
            "authorization" => Some("authorization"),
            _ => None,
        };
        let proof = name.map(|name| (name, value.to_owned()));
        Ok(Self { child, address, proof })
    }

    /// The CPU time that it has used so far, in seconds.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        cpu_seconds_of(self.child.id())
    }

    /// The memory that it has now and has had at most, in KiB.
    pub fn memory_kib(&self) -> Outcome<(u64, u64)> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        };
        Ok((field("VmRSS:").ok_or("no size")?, field("VmHWM:").ok_or("no size")?))
    }

    /// Ends it, and waits until it has.
    pub fn stop(mut self) -> Outcome {
        drop(self.child.stdin.take());
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Without its input it ends by itself.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// The CPU time that the threads of a process have used so far, in seconds.
pub fn cpu_seconds_of(process: u32) -> Outcome<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let times = fs::read_to_string(thread?.path().join("schedstat"))?;
        let running = times.split(' ').next().ok_or("no times")?;
        nanoseconds += running.parse::<f64>()?;
    }
    Ok(nanoseconds / 1e9)
}
