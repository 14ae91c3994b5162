//! The user struct, without a derive: it says by hand what `#[derive(AuthUser)]` says for a Diesel
//! struct.

use crudauth::AuthUser;
use crudauth::error::Inputs;
use crudauth::user::{
    Change, ColumnSchema, Fill, Logical, LogicalFields, LoginField, NoFormFields, NoTenant,
    NothingProvisioned, RegisterFields, RegisterInput, UserSchema, When,
};

#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) password: Option<String>,
    pub(crate) is_active: bool,
    pub(crate) epoch: i64,
}

/// What a client may send at sign-up, beside the password.
#[derive(Debug)]
pub(crate) struct SignUp {
    pub(crate) email: String,
    pub(crate) username: String,
}

const fn column(name: &'static str, logical: Logical, fill: Fill) -> ColumnSchema {
    let when = match logical {
        Logical::IsActive => Some(When::True),
        _ => None,
    };
    ColumnSchema { field: name, column: name, logical: Some(logical), when, fill, scope: None }
}

impl AuthUser for User {
    type Id = i64;
    type Tenant = NoTenant;
    type Register = SignUp;
    type Provisioned = NothingProvisioned;
    type OAuthFields = NoFormFields;

    const SCHEMA: UserSchema = UserSchema {
        user: "User",
        columns: &[
            column("id", Logical::Id, Fill::Database),
            column("email", Logical::Email, Fill::Client("email")),
            column("username", Logical::Username, Fill::Client("username")),
            column("password", Logical::HashedPassword, Fill::Crudauth),
            column("is_active", Logical::IsActive, Fill::Crudauth),
            column("epoch", Logical::TokenVersion, Fill::Crudauth),
        ],
        login: &[LoginField::Email, LoginField::Username],
        recovery: None,
        beside: &[],
    };

    fn register_by_provider(email: &str, username: Option<&str>, _: NoFormFields) -> SignUp {
        SignUp { email: email.to_owned(), username: username.unwrap_or_default().to_owned() }
    }

    fn id(&self) -> &i64 {
        &self.id
    }

    fn tenant(&self) -> &NoTenant {
        &NoTenant
    }

    fn mapped(&self) -> LogicalFields<'_> {
        LogicalFields {
            email: Some(&self.email),
            username: Some(&self.username),
            hashed_password: self.password.as_deref(),
            is_active: Some(self.is_active),
            token_version: Some(self.epoch),
            ..LogicalFields::default()
        }
    }

    fn login_value(&self, field: LoginField) -> Option<&str> {
        match field {
            LoginField::Email => Some(&self.email),
            LoginField::Username => Some(&self.username),
            _ => None,
        }
    }

    fn apply(&mut self, change: &Change) {
        let set = change.set();
        if let Some(hash) = &set.password {
            self.password = Some(hash.as_stored().to_owned());
        }
        self.epoch = set.epoch.unwrap_or(self.epoch);
        self.is_active = set.active.unwrap_or(self.is_active);
        if let Some(email) = &set.email {
            self.email.clone_from(email);
        }
    }
}

impl RegisterFields for SignUp {
    const INPUTS: &'static [RegisterInput] = &[
        RegisterInput { name: "email", required: true },
        RegisterInput { name: "username", required: true },
    ];

    fn read(inputs: &mut Inputs) -> Option<Self> {
        let email = inputs.take("email");
        let username = inputs.take("username");
        let (email, username) = email.zip(username)?;
        Some(Self { email, username })
    }

    fn visit_identities(&mut self, visit: &mut dyn FnMut(LoginField, &str) -> Option<String>) {
        if let Some(email) = visit(LoginField::Email, &self.email) {
            self.email = email;
        }
        if let Some(username) = visit(LoginField::Username, &self.username) {
            self.username = username;
        }
    }

    fn email(&self) -> Option<&str> {
        Some(&self.email)
    }

    fn username(&self) -> Option<&str> {
        Some(&self.username)
    }
}
