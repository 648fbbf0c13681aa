//! Identifiers. Every noun has its own type, so that a claim's id can never be passed for an agreement's.
//! UUID version 7: ordered by creation on both engines, which keyset pages rely on.

use uuid::Uuid;

/// Makes a new time-ordered identifier. The only place that does.
#[allow(clippy::disallowed_methods)]
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

/// Makes an identifier that tells nothing about when it was made, for links that outsiders see.
#[allow(clippy::disallowed_methods)]
pub fn random_uuid() -> Uuid {
    Uuid::new_v4()
}

/// Declares the identifier type of one noun.
#[macro_export]
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type, serde::Serialize, serde::Deserialize,
        )]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl $name {
            #[allow(clippy::new_without_default)]
            pub fn new() -> $name {
                $name($crate::core::ids::new_uuid())
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<$name, uuid::Error> {
                Ok($name(text.parse()?))
            }
        }
        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> uuid::Uuid {
                id.0
            }
        }
    };
}

/// A text that is none of an enum's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchValue(pub &'static [&'static str]);

impl std::fmt::Display for NoSuchValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "must be one of {}", self.0.join(", "))
    }
}

impl std::error::Error for NoSuchValue {}

/// Stores an enum as its snake_case text and reads it back; the text is also its key in `words/`.
#[macro_export]
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, sqlx::Type, serde::Serialize, serde::Deserialize)]
        #[sqlx(type_name = "text")]
        pub enum $name {
            $($(#[$vdoc])* #[sqlx(rename = $text)] #[serde(rename = $text)] $variant,)+
        }
        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            const WORDS: &'static [&'static str] = &[$($text),+];
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::core::ids::NoSuchValue;
            fn from_str(text: &str) -> Result<$name, Self::Err> {
                match text { $($text => Ok($name::$variant),)+ _ => Err($crate::core::ids::NoSuchValue($name::WORDS)) }
            }
        }
    };
}
