//! Measures whether the time of an answer tells that an account exists, and whether it would be
//! noticed. `timing [samples] [path]`: 1,000 samples of each class and every path by default. It
//! fails if an answer of crudauth tells, or if that of a build without the equalising work does
//! not.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::process::ExitCode;

use crudauth_tests::attack::Dice;
use crudauth_tests::timing::{BOUND, Build, Flow, measure};

#[tokio::main]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let samples = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(1000);
    let wanted = arguments.next();
    let mut dice = Dice::rolled_for("timing");
    let mut as_expected = true;
    println!("known against unknown, {samples} samples of each, |t| < {BOUND} is equal\n");
    println!("build  request                        known µs  unknown µs        t  t cropped");
    for build in [Build::Equal, Build::Hasty] {
        for flow in Flow::ALL {
            if wanted.as_ref().is_some_and(|wanted| wanted != flow.path()) {
                continue;
            }
            let compared = measure(flow, build, samples, &mut dice).await;
            let (name, expected) = match build {
                Build::Equal => ("as is", false),
                Build::Hasty => ("hasty", true),
            };
            let verdict = match (compared.differ(), expected) {
                (false, false) => "equal",
                (true, true) => "caught",
                (true, false) => "DIFFERENT",
                (false, true) => "NOT CAUGHT",
            };
            as_expected &= compared.differ() == expected;
            let [known, unknown] = compared.mean;
            let (path, t, cropped) = (flow.path(), compared.t, compared.t_cropped);
            println!(
                "{name}  POST {path:<24} {known:>9.1}  {unknown:>10.1} {t:>8.2}  {cropped:>9.2}  \
                 {verdict}"
            );
        }
    }
    if as_expected { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
