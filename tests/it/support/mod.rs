//! The tester: a whole service on a fresh database, with a clock moved by hand and a post box for mails.

pub mod agreements_builder;
pub mod browser;
pub mod builders;
pub mod cases;
pub mod databases;
pub mod source;
pub mod tester;

#[allow(unused_imports)]
pub use browser::{Browser, Seen};
pub use tester::{PASSWORD, Tester};

/// One story on both engines: `both!(a_firm_signs_up, async |t: Tester| { … })`.
macro_rules! both {
    ($name:ident, $story:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            #[actix_web::test]
            async fn sqlite() {
                let story = $story;
                story($crate::support::Tester::on_sqlite().await).await;
            }

            #[actix_web::test]
            async fn postgres() {
                if let Some(tester) = $crate::support::Tester::on_postgres().await {
                    let story = $story;
                    story(tester).await;
                }
            }
        }
    };
}
