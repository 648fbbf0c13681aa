//! The two languages of the service. Korean comes first; English is complete.

crate::text_enum!(
    /// A reader's language.
    Lang { Ko = "ko", En = "en" }
);

impl Lang {
    pub fn other(self) -> Lang {
        match self {
            Lang::Ko => Lang::En,
            Lang::En => Lang::Ko,
        }
    }

    pub fn code(self) -> &'static str {
        self.as_str()
    }

    /// The one of two stored texts that is in this language.
    pub fn of<'a>(self, ko: &'a str, en: &'a str) -> &'a str {
        match self {
            Lang::Ko => ko,
            Lang::En => en,
        }
    }
}
