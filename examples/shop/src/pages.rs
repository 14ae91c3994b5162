//! The pages, and what their forms do.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use crudauth::http::ReturnTo;
use crudauth::register::{RegisterForm, SignedUp};
use crudauth::{
    Credentials, Password, Principal, Rejection, RejectionKind, SessionOptions, Verified,
};
use diesel::prelude::*;
use minijinja::{Environment, Value, context};
use serde::Deserialize;

use crate::model::{customers, orders as table};
use crate::{Customer, Shop};

type Page = Result<Html<String>, Rejection>;
type MyShop = State<Arc<Shop>>;

fn render(templates: &Environment<'_>, values: Value) -> Page {
    let page = templates.get_template("page.html").and_then(|page| page.render(values));
    page.map(Html).map_err(|error| {
        tracing::error!(%error, "a page cannot be drawn");
        RejectionKind::Internal.into()
    })
}

/// What a browser reads where something is refused.
pub(crate) fn error(templates: &Environment<'_>, refused: &Rejection) -> Response {
    let values = context! { title => "That did not work", refused => refused.detail() };
    render(templates, values).into_response()
}

#[derive(Deserialize)]
pub(crate) struct Visit {
    #[serde(default)]
    next: ReturnTo,
}

#[derive(Deserialize)]
pub(crate) struct LogIn {
    email: String,
    password: Password,
    #[serde(default)]
    next: ReturnTo,
}

pub(crate) async fn login(State(shop): MyShop, Query(visit): Query<Visit>) -> Page {
    let next = visit.next.hidden_field("next");
    render(&shop.templates, context! { title => "Sign in", form => true, next })
}

/// A wrong password shows the form again, with the status of the refusal.
pub(crate) async fn log_in(
    State(shop): MyShop,
    request: Parts,
    Form(form): Form<LogIn>,
) -> Result<Response, Rejection> {
    let who = Credentials::new(form.email, form.password);
    let refused = match shop.auth.sign_in(who, &request, SessionOptions::default()).await {
        Ok(session) => return Ok((session, form.next.redirect_or("/orders")).into_response()),
        Err(refused) => Rejection::from(refused),
    };
    let next = form.next.hidden_field("next");
    let values = context! { title => "Sign in", form => true, next, refused => refused.detail() };
    Ok(refused.into_page(render(&shop.templates, values)?))
}

pub(crate) async fn signup(State(shop): MyShop) -> Page {
    render(&shop.templates, context! { title => "Sign up", form => true })
}

pub(crate) async fn sign_up(
    State(shop): MyShop,
    request: Parts,
    form: RegisterForm<Customer>,
) -> Result<Response, Rejection> {
    let SignedUp::Created(customer) = shop.auth.sign_up(form, &request).await? else {
        return Ok(Redirect::to("/login").into_response());
    };
    let session = shop.auth.sign_in(customer, &request, SessionOptions::default()).await?;
    Ok((session, Redirect::to("/orders")).into_response())
}

pub(crate) async fn log_out(
    State(shop): MyShop,
    request: Parts,
) -> Result<impl IntoResponse, Rejection> {
    Ok((shop.auth.sign_out(&request).await?, Redirect::to("/login")))
}

pub(crate) async fn orders(State(shop): MyShop, me: Principal<Customer>, request: Parts) -> Page {
    let mine = table::table.filter(table::customer_id.eq(me.user.id)).select(table::item);
    let orders = shop.database.read(move |connection| mine.load::<String>(connection)).await?;
    let csrf = shop.auth.csrf_field(&request).await?.to_string();
    render(&shop.templates, context! { title => &me.user.email, orders, csrf })
}

#[derive(Deserialize)]
pub(crate) struct Order {
    item: String,
}

/// Staff has to have confirmed the customer: the gate is in the type.
pub(crate) async fn order(
    State(shop): MyShop,
    me: Principal<Customer, Verified>,
    Form(Order { item }): Form<Order>,
) -> Result<Redirect, Rejection> {
    let row = (table::customer_id.eq(me.user.id), table::item.eq(item.clone()));
    let insert = diesel::insert_into(table::table).values(row);
    shop.database.write(move |connection| insert.execute(connection)).await?;
    // Nobody may be listening.
    let _ = shop.orders.send((me.user.id, item));
    Ok(Redirect::to("/orders"))
}

/// The row stays, for the books, and the address is free again.
pub(crate) async fn close(
    State(shop): MyShop,
    me: Principal<Customer>,
    request: Parts,
) -> Result<impl IntoResponse, Rejection> {
    let signed_out = shop.auth.sign_out(&request).await?;
    let now = chrono::Utc::now().naive_utc();
    let close =
        diesel::update(customers::table.find(me.user.id)).set(customers::deleted_at.eq(now));
    shop.database.write(move |connection| close.execute(connection)).await?;
    shop.auth.forget(me.id()).await?;
    Ok((signed_out, Redirect::to("/signup")))
}
