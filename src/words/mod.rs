//! All words that people read, in Fluent files: `words/ko/<room>.ftl` and `words/en/<room>.ftl`.
//! A key that is missing is a fault that a test finds before a person does.

use crate::core::{lang::Lang, refusal::Refusal};
use fluent_bundle::{FluentArgs, FluentResource, concurrent::FluentBundle};
use rust_embed::RustEmbed;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "src/words/"]
struct Files;

struct Bundles {
    ko: FluentBundle<FluentResource>,
    en: FluentBundle<FluentResource>,
}

static BUNDLES: LazyLock<Bundles> = LazyLock::new(|| Bundles { ko: load(Lang::Ko), en: load(Lang::En) });

fn load(lang: Lang) -> FluentBundle<FluentResource> {
    let tag = lang.code().parse().expect("ko and en are language tags");
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // No invisible isolation marks round values: they would end up in mails and CSV.
    bundle.set_use_isolating(false);
    for name in Files::iter().filter(|name| name.starts_with(lang.code()) && name.ends_with(".ftl")) {
        let file = Files::get(&name).expect("a listed file is there");
        let text = String::from_utf8(file.data.into_owned()).expect("word files are UTF-8");
        let resource = FluentResource::try_new(text).unwrap_or_else(|(_, errors)| panic!("{name}: {errors:?}"));
        bundle.add_resource(resource).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    }
    bundle
}

fn bundle(lang: Lang) -> &'static FluentBundle<FluentResource> {
    match lang {
        Lang::Ko => &BUNDLES.ko,
        Lang::En => &BUNDLES.en,
    }
}

/// The text of `key`, or None when there is none.
pub fn find(lang: Lang, key: &str, args: &[(&str, String)]) -> Option<String> {
    let bundle = bundle(lang);
    let pattern = bundle.get_message(key)?.value()?;
    let values: FluentArgs = args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&values), &mut errors);
    if !errors.is_empty() {
        tracing::error!(key, ?errors, "words");
    }
    Some(text.into_owned())
}

impl Lang {
    /// The text of `key`. A missing key is logged and shown as itself, which the words test refuses.
    pub fn t(self, key: &str) -> String {
        self.t_with(key, &[])
    }

    pub fn t_with(self, key: &str, args: &[(&str, String)]) -> String {
        find(self, key, args).unwrap_or_else(|| {
            tracing::error!(key, lang = self.code(), "no words for this key");
            key.to_owned()
        })
    }

    /// The sentence of a refusal.
    pub fn refusal(self, refusal: &Refusal) -> String {
        self.t_with(refusal.key, &refusal.args)
    }
}

/// Every key of one language; for the test that compares them.
pub fn keys(lang: Lang) -> Vec<String> {
    let mut keys = Vec::new();
    for name in Files::iter().filter(|name| name.starts_with(lang.code()) && name.ends_with(".ftl")) {
        let file = Files::get(&name).expect("a listed file is there");
        let text = String::from_utf8_lossy(&file.data).into_owned();
        keys.extend(text.lines().filter_map(|line| {
            let (key, _) = line.split_once('=')?;
            let key = key.trim_end();
            let plain = key.starts_with(|c: char| c.is_ascii_lowercase())
                && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
            plain.then(|| key.to_owned())
        }));
    }
    keys.sort();
    keys
}
