//! News of orders, over a WebSocket that ends with the session.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use crudauth::{LongLived, Principal};
use tokio::sync::broadcast::Receiver;

use crate::{Customer, Shop};

type Me = LongLived<Principal<Customer>>;

/// A page of another site is refused: the principal comes first.
pub(crate) async fn news(
    me: Me,
    State(shop): State<Arc<Shop>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let orders = shop.orders.subscribe();
    upgrade.on_upgrade(move |socket| tell(socket, me, orders))
}

/// Tells a customer what is ordered in her name, in whichever tab.
async fn tell(mut socket: WebSocket, mut me: Me, mut orders: Receiver<(i32, String)>) {
    loop {
        let message = match me.unless_ended(orders.recv()).await {
            Ok(Ok((customer, item))) if customer == me.user.id => Message::Text(item.into()),
            Ok(Ok(_)) => continue,
            Ok(Err(_)) => return,
            Err(ended) => {
                let (code, reason) = (ended.close_code(), ended.to_string().into());
                Message::Close(Some(CloseFrame { code, reason }))
            }
        };
        let is_last = matches!(message, Message::Close(_));
        if socket.send(message).await.is_err() || is_last {
            return;
        }
    }
}
