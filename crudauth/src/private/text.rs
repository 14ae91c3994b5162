//! Text columns: `String`, a type of the application, or `Option` of these.
//!
//! Exactly one of the two impls fits a given type, also through an alias.

use std::marker::PhantomData;

use crate::user::LoginField;

/// The type itself is text.
#[derive(Debug)]
pub enum Bare {}

/// The type is `Option` of text: the column is nullable.
#[derive(Debug)]
pub enum Optional {}

/// A type that holds the text of a column.
pub trait Text<Form>: Sized {
    /// The text, if there is one.
    fn get(&self) -> Option<&str>;
    /// The column holding `text`.
    fn make(text: String) -> Self;
    /// The column holding no text, where it can.
    fn absent() -> Option<Self>;
}

impl<T: AsRef<str> + From<String>> Text<Bare> for T {
    fn get(&self) -> Option<&str> {
        Some(self.as_ref())
    }

    fn make(text: String) -> Self {
        text.into()
    }

    fn absent() -> Option<Self> {
        None
    }
}

impl<T: AsRef<str> + From<String>> Text<Optional> for Option<T> {
    fn get(&self) -> Option<&str> {
        self.as_ref().map(AsRef::as_ref)
    }

    fn make(text: String) -> Self {
        Some(text.into())
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

/// Chooses between [`Bare`] and [`Optional`].
#[derive(Debug)]
pub enum Form<const OPTIONAL: bool> {}

/// The form that was chosen.
pub trait Chosen {
    /// The form.
    type Form;
}

impl Chosen for Form<false> {
    type Form = Bare;
}

impl Chosen for Form<true> {
    type Form = Optional;
}

/// What the expansion does with a text field of the type `T`. Where `T` is not text, the functions
/// of the same names in [`Fallback`](super::Fallback) take their place.
pub struct TextOf<T, Form>(PhantomData<(T, Form)>);

impl<T: Text<Form>, Form> TextOf<T, Form> {
    /// Reads a text field.
    pub fn read(field: &T) -> Option<&str> {
        field.get()
    }

    /// A text field that holds `text`.
    #[must_use]
    pub fn text(text: &str) -> T {
        T::make(text.to_owned())
    }

    /// A text field that holds what somebody has said. Without that it is NULL, or an empty text
    /// where it cannot be NULL.
    #[must_use]
    pub fn said(text: Option<&str>) -> T {
        match text {
            Some(text) => T::make(text.to_owned()),
            None => T::absent().unwrap_or_else(|| T::make(String::new())),
        }
    }

    /// Replaces what a text field holds.
    pub fn set(field: &mut T, text: &str) {
        *field = T::make(text.to_owned());
    }

    /// Passes an identifying text to `visit`, and stores the text that it returns instead.
    pub fn visit(
        text: &mut T,
        field: LoginField,
        visit: &mut dyn FnMut(LoginField, &str) -> Option<String>,
    ) {
        if let Some(replacement) = text.get().and_then(|text| visit(field, text)) {
            *text = T::make(replacement);
        }
    }

    /// A password column that holds `hash`. Without a hash it is NULL, or a text that no password
    /// matches where it cannot be NULL.
    #[must_use]
    pub fn hash(hash: Option<&str>) -> T {
        match hash {
            Some(hash) => T::make(hash.to_owned()),
            None => T::absent().unwrap_or_else(|| T::make("!".to_owned())),
        }
    }
}
