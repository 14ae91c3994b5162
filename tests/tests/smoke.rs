//! placeholder until the suites land
use crudauth_tests::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_main_path() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    let me = ada.get("/me").await;
    assert_eq!(me.status, 200);
    println!("{:?}", ada.cookies);
}
