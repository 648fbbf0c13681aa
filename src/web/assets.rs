//! Our own styles, script and fonts, embedded in the binary and served under a hash of them all:
//! a browser may keep them for ever, and a new version has new addresses.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "static/"]
struct Static;

static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Static::iter().collect();
    names.sort();
    let mut hash = Sha256::new();
    for name in names {
        let file = Static::get(&name).expect("a listed file is there");
        hash.update(name.as_bytes());
        hash.update(file.metadata.sha256_hash());
    }
    hex::encode(&hash.finalize()[..6])
});

/// The bytes of an asset that the service itself uses; empty when it is not there.
pub fn bytes(path: &str) -> std::borrow::Cow<'static, [u8]> {
    Static::get(path).map(|file| file.data).unwrap_or_default()
}

/// Where an asset is now.
pub fn href(path: &str) -> String {
    format!("/static/{}/{path}", *HASH)
}

/// `GET /static/{hash}/{path}`; an old hash still answers with the present file.
pub async fn serve(request: HttpRequest, path: web::Path<(String, String)>) -> HttpResponse {
    let (hash, path) = path.into_inner();
    let Some(file) = Static::get(&path) else { return HttpResponse::NotFound().finish() };
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    let cache = if hash == *HASH { "public, max-age=31536000, immutable" } else { "no-cache" };
    if request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish();
    }
    let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "text/plain; charset=utf-8",
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CACHE_CONTROL, cache))
        .insert_header((header::ETAG, tag))
        .body(file.data.into_owned())
}
