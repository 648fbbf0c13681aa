//! Forms with files: streamed, counted, hashed and sniffed while they arrive; never held whole in memory.

use super::{
    errors::BadRequest,
    form::{BODY_SECONDS_MAX, Posted},
    visitor::Visitor,
};
use crate::core::refusal::{Refusal, Trouble};
use crate::files::{FILE_BYTES_MAX, Files, Received};
use actix_multipart::Multipart;
use futures_util::{StreamExt, TryStreamExt};
use std::time::Duration;

const FIELD_BYTES_MAX: usize = 64 * 1024;
const FIELDS_MAX: usize = 200;
/// All files of one request together, in bytes.
const REQUEST_BYTES_MAX: u64 = 50 * 1024 * 1024;
/// A request with files may take this long in all.
const UPLOAD_SECONDS_MAX: u64 = 20 * BODY_SECONDS_MAX;

/// A multipart form: its fields and the files that came with it.
pub struct Uploaded {
    pub posted: Posted,
    pub files: Vec<Received>,
}

/// Reads the whole form. Files are kept under a name of their own until an action adopts them; of a form that breaks
/// off or is refused nothing is kept. The form's token must come before its files.
pub async fn receive(visitor: &Visitor, files: &Files, body: Multipart) -> Result<Uploaded, Trouble> {
    let mut received = Vec::new();
    let reading = read(visitor, files, body, &mut received);
    let read = match tokio::time::timeout(Duration::from_secs(UPLOAD_SECONDS_MAX), reading).await {
        Ok(read) => read,
        Err(_) => Err(Refusal::unacceptable("refusal-upload-too-slow").into()),
    };
    match read {
        Ok(posted) => Ok(Uploaded { posted, files: received }),
        Err(trouble) => {
            files.discard(&received).await;
            Err(trouble)
        }
    }
}

/// Reads a form whose one file is only looked at: answers the file's SHA-256 when there was one. Nothing is kept.
pub async fn hash(visitor: &Visitor, body: Multipart) -> Result<(Posted, Option<Vec<u8>>), Trouble> {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let (posted, came) = look_at(visitor, body, FILE_BYTES_MAX, &mut |chunk| hash.update(chunk)).await?;
    Ok((posted, came.then(|| hash.finalize().to_vec())))
}

/// Reads a form whose one file is a text of at most `bytes_max`. Nothing is kept; None when no file was chosen.
pub async fn text(visitor: &Visitor, body: Multipart, bytes_max: u64) -> Result<(Posted, Option<String>), Trouble> {
    let mut bytes = Vec::new();
    let (posted, came) = look_at(visitor, body, bytes_max, &mut |chunk| bytes.extend_from_slice(chunk)).await?;
    let text = String::from_utf8(bytes).map_err(|_| Refusal::unacceptable("refusal-file-kind"))?;
    Ok((posted, came.then_some(text)))
}

/// Hands the bytes of the one file to `each` as they come; answers whether there was a file.
async fn look_at(
    visitor: &Visitor,
    mut body: Multipart,
    bytes_max: u64,
    each: &mut dyn FnMut(&[u8]),
) -> Result<(Posted, bool), Trouble> {
    let malformed = || Trouble::Refused(Refusal::unacceptable("refusal-form-malformed"));
    let reading = async {
        let (mut pairs, mut came) = (Vec::new(), false);
        while let Some(mut field) = body.try_next().await.map_err(|_| malformed())? {
            if pairs.len() >= FIELDS_MAX {
                return Err(malformed());
            }
            let name = field.name().unwrap_or_default().to_owned();
            match field.content_disposition().and_then(|d| d.get_filename()).map(str::is_empty) {
                None => {
                    let bytes =
                        field.bytes(FIELD_BYTES_MAX).await.map_err(|_| malformed())?.map_err(|_| malformed())?;
                    pairs.push((name, String::from_utf8(bytes.to_vec()).map_err(|_| malformed())?));
                }
                Some(true) => {}
                Some(false) => {
                    let mut size = 0_u64;
                    while let Some(chunk) = field.try_next().await.map_err(|_| malformed())? {
                        size += chunk.len() as u64;
                        if size > bytes_max {
                            let refusal = Refusal::unacceptable("refusal-file-too-large");
                            return Err(refusal.with("megabytes", bytes_max.div_ceil(1024 * 1024)).into());
                        }
                        each(&chunk);
                    }
                    came = true;
                }
            }
        }
        let posted = Posted::check(pairs, visitor).map_err(|_| malformed())?;
        Ok((posted, came))
    };
    match tokio::time::timeout(Duration::from_secs(UPLOAD_SECONDS_MAX), reading).await {
        Ok(read) => read,
        Err(_) => Err(Refusal::unacceptable("refusal-upload-too-slow").into()),
    }
}

async fn read(
    visitor: &Visitor,
    files: &Files,
    mut body: Multipart,
    received: &mut Vec<Received>,
) -> Result<Posted, Trouble> {
    let malformed = || Trouble::Refused(Refusal::unacceptable("refusal-form-malformed"));
    let (mut pairs, mut left) = (Vec::new(), REQUEST_BYTES_MAX);
    while let Some(mut field) = body.try_next().await.map_err(|_| malformed())? {
        if pairs.len() + received.len() >= FIELDS_MAX {
            return Err(malformed());
        }
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
        match file_name {
            None => {
                let bytes = field.bytes(FIELD_BYTES_MAX).await.map_err(|_| malformed())?.map_err(|_| malformed())?;
                pairs.push((name, String::from_utf8(bytes.to_vec()).map_err(|_| malformed())?));
            }
            // A file input left empty still sends an empty part.
            Some(file_name) if file_name.is_empty() => {}
            Some(file_name) => {
                // Nothing is stored for a form that is not ours.
                Posted::check(pairs.clone(), visitor)
                    .map_err(|_| Trouble::Refused(Refusal::forbidden("trouble-token-body")))?;
                let chunks = field.map(|chunk| chunk.map_err(|error| anyhow::anyhow!("reading an upload: {error}")));
                let file = files.receive(name, file_name, FILE_BYTES_MAX.min(left), chunks).await?;
                left = left.saturating_sub(u64::try_from(file.size_bytes).unwrap_or(u64::MAX));
                received.push(file);
            }
        }
    }
    Posted::check(pairs, visitor).map_err(|error| match error {
        BadRequest::Token => Trouble::Refused(Refusal::forbidden("trouble-token-body")),
        _ => malformed(),
    })
}
