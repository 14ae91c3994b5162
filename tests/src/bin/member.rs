//! One server process of several: `member <plan>`. What it does is in `support::fleet`.

use std::error::Error;

use crudauth_tests::support::fleet::serve;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let plan = std::env::args().nth(1).ok_or("member <plan>")?;
    serve(serde_json::from_str(&plan)?).await
}
