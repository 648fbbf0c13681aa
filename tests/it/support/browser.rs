//! A browser without scripts: keeps cookies, reads pages, fills in the forms that are on them.

use super::tester::{BASE_URL, Tester};
use actix_web::{cookie::Cookie, http::StatusCode, http::header::HeaderMap, test};
use scraper::{ElementRef, Html, Selector};
use std::collections::BTreeMap;

pub struct Browser {
    tester: Tester,
    cookies: BTreeMap<String, String>,
}

/// An answer as somebody sees it.
pub struct Seen {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// The path it came from.
    pub path: String,
}

/// A form on a page, with everything its fields hold.
#[derive(Debug, Clone)]
pub struct FormOnPage {
    pub action: String,
    pub fields: Vec<(String, String)>,
    files: Vec<(String, String, Vec<u8>)>,
    multipart: bool,
}

impl Browser {
    pub fn new(tester: Tester) -> Browser {
        Browser { tester, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Seen {
        self.send(test::TestRequest::get().uri(path), path).await
    }

    /// The page at `path`, which must be there.
    pub async fn see(&mut self, path: &str) -> Seen {
        let seen = self.get(path).await;
        assert_eq!(seen.status, 200, "GET {path}: {}", seen.text());
        seen
    }

    /// Follows redirects until there is a page.
    pub async fn follow(&mut self, seen: Seen) -> Seen {
        let mut seen = seen;
        for _ in 0..5 {
            match seen.location() {
                Some(to) if seen.status == 303 => seen = self.get(&to).await,
                _ => return seen,
            }
        }
        panic!("too many redirects");
    }

    /// Opens `path`, takes the form on it whose action contains `action`, fills in `values` and sends it.
    pub async fn fill(&mut self, path: &str, action: &str, values: &[(&str, &str)]) -> Seen {
        let form = self.see(path).await.form(action).with(values);
        self.submit(form).await
    }

    /// As `fill`, and goes on to the page it leads to, which must be one.
    pub async fn fill_and_follow(&mut self, path: &str, action: &str, values: &[(&str, &str)]) -> Seen {
        let seen = self.fill(path, action, values).await;
        assert_eq!(seen.status, 303, "POST {action} from {path}: {}", seen.text());
        let seen = self.follow(seen).await;
        assert_eq!(seen.status, 200, "after POST {action}: {}", seen.text());
        seen
    }

    pub async fn submit(&mut self, form: FormOnPage) -> Seen {
        let action = form.action.clone();
        let (kind, body) = form.encode();
        let request = test::TestRequest::post()
            .uri(&action)
            .insert_header(("content-type", kind))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("origin", BASE_URL))
            .set_payload(body);
        self.send(request, &action).await
    }

    /// Sends a form as a page does by itself while somebody writes.
    pub async fn autosave(&mut self, form: FormOnPage) -> Seen {
        let action = form.action.clone();
        let (kind, body) = form.encode();
        let request = test::TestRequest::post()
            .uri(&action)
            .insert_header(("content-type", kind))
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header(("x-autosave", "1"))
            .set_payload(body);
        self.send(request, &action).await
    }

    /// Posts exactly these fields, whatever a page would say: for those who do not use our pages.
    pub async fn post_raw(&mut self, path: &str, values: &[(&str, &str)]) -> Seen {
        let body = serde_html_form::to_string(values).unwrap();
        let request = test::TestRequest::post()
            .uri(path)
            .insert_header(("content-type", "application/x-www-form-urlencoded"))
            .insert_header(("sec-fetch-site", "same-origin"))
            .set_payload(body);
        self.send(request, path).await
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    /// Sends any request with this browser's cookies and keeps those it is given.
    pub async fn send(&mut self, mut request: test::TestRequest, path: &str) -> Seen {
        request = request.peer_addr("127.0.0.1:50000".parse().unwrap()).insert_header(("accept-language", "en"));
        for (name, value) in &self.cookies {
            request = request.cookie(Cookie::new(name.clone(), value.clone()));
        }
        let (status, headers, body) = self.tester.answer(request.to_request()).await;
        for set in headers.get_all("set-cookie") {
            let cookie = Cookie::parse(set.to_str().unwrap().to_owned()).unwrap();
            if cookie.value().is_empty() {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
        Seen { status, headers, body, path: path.to_owned() }
    }
}

impl Seen {
    pub fn html(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The words of the main part, white space folded.
    pub fn text(&self) -> String {
        let html = Html::parse_document(&self.html());
        let main = Selector::parse("main").unwrap();
        let text: Vec<String> = match html.select(&main).next() {
            Some(main) => main.text().map(str::to_owned).collect(),
            None => html.root_element().text().map(str::to_owned).collect(),
        };
        text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn location(&self) -> Option<String> {
        self.headers.get("location").map(|value| value.to_str().unwrap().to_owned())
    }

    pub fn has(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Seen {
        assert!(self.has(text), "«{text}» is not on {}:\n{}", self.path, self.text());
        self
    }

    /// The message beside a field.
    pub fn error_at(&self, field: &str) -> Option<String> {
        let html = Html::parse_document(&self.html());
        let selector = Selector::parse(&format!("[id='{field}-error']")).unwrap();
        html.select(&selector).next().map(|element| element.text().collect::<String>().trim().to_owned())
    }

    /// What an input on the page holds.
    pub fn value_of(&self, field: &str) -> Option<String> {
        self.forms().into_iter().flat_map(|form| form.fields).find(|(name, _)| name == field).map(|(_, value)| value)
    }

    /// All links within the main part.
    pub fn links(&self) -> Vec<String> {
        let html = Html::parse_document(&self.html());
        let selector = Selector::parse("main a[href]").unwrap();
        html.select(&selector).map(|link| link.value().attr("href").unwrap().to_owned()).collect()
    }

    /// The first link within the main part that contains `part`.
    #[track_caller]
    pub fn link(&self, part: &str) -> String {
        let links = self.links();
        links
            .iter()
            .find(|link| link.contains(part))
            .cloned()
            .unwrap_or_else(|| panic!("no link with {part}: {links:?}"))
    }

    pub fn forms(&self) -> Vec<FormOnPage> {
        let html = Html::parse_document(&self.html());
        html.select(&Selector::parse("form[method=post]").unwrap()).map(|form| read_form(form, &self.path)).collect()
    }

    /// The form whose action contains `action`.
    #[track_caller]
    pub fn form(&self, action: &str) -> FormOnPage {
        self.find_form(action).unwrap_or_else(|| {
            let actions: Vec<String> = self.forms().into_iter().map(|form| form.action).collect();
            panic!("no form for {action} on {}: {actions:?}\n{}", self.path, self.text())
        })
    }

    pub fn find_form(&self, action: &str) -> Option<FormOnPage> {
        self.forms().into_iter().find(|form| form.action.contains(action))
    }
}

impl FormOnPage {
    /// Puts values into fields. A field that the page does not have is an error of the test; an empty list of
    /// values for radios and boxes leaves them as they are.
    #[track_caller]
    pub fn with(mut self, values: &[(&str, &str)]) -> FormOnPage {
        for (name, value) in values {
            match self.fields.iter_mut().find(|(field, _)| field == name) {
                Some((_, held)) => *held = (*value).to_owned(),
                None => self.fields.push(((*name).to_owned(), (*value).to_owned())),
            }
        }
        self
    }

    pub fn without(mut self, name: &str) -> FormOnPage {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    pub fn file(mut self, name: &str, file_name: &str, bytes: &[u8]) -> FormOnPage {
        self.files.push((name.to_owned(), file_name.to_owned(), bytes.to_vec()));
        self
    }

    fn encode(self) -> (String, Vec<u8>) {
        if !self.multipart {
            return (
                "application/x-www-form-urlencoded".to_owned(),
                serde_html_form::to_string(&self.fields).unwrap().into_bytes(),
            );
        }
        let boundary = "----voucherdesk-test-boundary";
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend(
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (name, file_name, bytes) in &self.files {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend(bytes);
            body.extend(b"\r\n");
        }
        body.extend(format!("--{boundary}--\r\n").bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }
}

fn read_form(form: ElementRef<'_>, path: &str) -> FormOnPage {
    let mut fields = Vec::new();
    for field in form.select(&Selector::parse("input, textarea, select, button[name]").unwrap()) {
        let element = field.value();
        let Some(name) = element.attr("name") else { continue };
        let value = match (element.name(), element.attr("type").unwrap_or("text")) {
            ("textarea", _) => field.text().collect::<String>().trim_start_matches('\n').to_owned(),
            ("select", _) => {
                let chosen = field.select(&Selector::parse("option[selected]").unwrap()).next();
                let first = field.select(&Selector::parse("option").unwrap()).next();
                chosen.or(first).and_then(|option| option.value().attr("value")).unwrap_or_default().to_owned()
            }
            ("button", _) | ("input", "file" | "submit") => continue,
            ("input", "radio" | "checkbox") if element.attr("checked").is_none() => continue,
            _ => element.attr("value").unwrap_or_default().to_owned(),
        };
        fields.push((name.to_owned(), value));
    }
    let action = form.value().attr("action").unwrap_or(path).to_owned();
    let multipart = form.value().attr("enctype") == Some("multipart/form-data");
    FormOnPage { action, fields, files: Vec::new(), multipart }
}
