//! Enums whose values have a word each.

/// An enum with the word for each value, in files and in all output: `Value = "word"`.
#[macro_export]
macro_rules! named {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $($(#[$of_value:meta])* $value:ident = $word:literal,)+
        }
    ) => {
        $(#[$about])*
        pub enum $name {
            $($(#[$of_value])* $value,)+
        }

        impl $name {
            /// The word for it.
            pub fn name(self) -> &'static str {
                match self {
                    $($name::$value => $word,)+
                }
            }
        }
    };
}

pub use named;
