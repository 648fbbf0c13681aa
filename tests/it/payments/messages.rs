//! The message to the bank, held against the definition of its version: what stands where, how often, how long, in what
//! form. The tables are our own reading of `pain.001.001.03` and `.09`, as far as we write them: ISO's schemas may be
//! read but not kept here.

use super::*;
use proptest::prelude::*;
use roxmltree::{Document, Node};
use voucherdesk::payments::{
    actions::NewBatch,
    rules::{
        bank_file::{BankOrder, Payer},
        pain001::{Heading, Version, write},
    },
};

/// An element, how often it may stand at its place, and what it holds.
struct Part(&'static str, (usize, usize), Holds);

enum Holds {
    /// In this order.
    Parts(&'static [Part]),
    /// At least one character, at most so many.
    Text(usize),
    Form(fn(&str) -> bool),
    /// An amount with its currency.
    Money,
}
use Holds::{Form, Money, Parts, Text};

const ONE: (usize, usize) = (1, 1);
const MAYBE: (usize, usize) = (0, 1);
const ANY: (usize, usize) = (0, usize::MAX);
const SOME: (usize, usize) = (1, usize::MAX);

const PARTY: Holds = Parts(&[Part("Nm", MAYBE, Text(140))]);
const ACCOUNT: Holds = Parts(&[Part("Id", ONE, Parts(&[Part("Othr", ONE, Parts(&[Part("Id", ONE, Text(34))]))]))]);
const MEMBER: Part = Part(
    "ClrSysMmbId",
    MAYBE,
    Parts(&[Part("ClrSysId", MAYBE, Parts(&[Part("Prtry", ONE, Text(35))])), Part("MmbId", ONE, Text(35))]),
);
const AGENT_03: Holds = Parts(&[Part("FinInstnId", ONE, Parts(&[Part("BIC", MAYBE, Form(is_bic_03)), MEMBER]))]);
const AGENT_09: Holds = Parts(&[Part("FinInstnId", ONE, Parts(&[Part("BICFI", MAYBE, Form(is_bic_09)), MEMBER]))]);
const HEADER: Part = Part(
    "GrpHdr",
    ONE,
    Parts(&[
        Part("MsgId", ONE, Text(35)),
        Part("CreDtTm", ONE, Form(is_time)),
        Part("NbOfTxs", ONE, Form(is_count)),
        Part("CtrlSum", MAYBE, Form(is_sum)),
        Part("InitgPty", ONE, PARTY),
    ]),
);
const DAY_03: Holds = Form(is_day);
const DAY_09: Holds = Parts(&[Part("Dt", ONE, Form(is_day))]);

/// One payment instruction with its transfers; two types differ by the version.
macro_rules! message {
    ($day:ident, $agent:ident) => {
        Parts(&[Part(
            "CstmrCdtTrfInitn",
            ONE,
            Parts(&[
                HEADER,
                Part(
                    "PmtInf",
                    SOME,
                    Parts(&[
                        Part("PmtInfId", ONE, Text(35)),
                        Part("PmtMtd", ONE, Form(|text| ["CHK", "TRF", "TRA"].contains(&text))),
                        Part("BtchBookg", MAYBE, Form(|text| ["true", "false", "1", "0"].contains(&text))),
                        Part("NbOfTxs", MAYBE, Form(is_count)),
                        Part("CtrlSum", MAYBE, Form(is_sum)),
                        Part("ReqdExctnDt", ONE, $day),
                        Part("Dbtr", ONE, PARTY),
                        Part("DbtrAcct", ONE, ACCOUNT),
                        Part("DbtrAgt", ONE, $agent),
                        Part("ChrgBr", MAYBE, Form(|text| ["DEBT", "CRED", "SHAR", "SLEV"].contains(&text))),
                        Part(
                            "CdtTrfTxInf",
                            SOME,
                            Parts(&[
                                Part(
                                    "PmtId",
                                    ONE,
                                    Parts(&[Part("InstrId", MAYBE, Text(35)), Part("EndToEndId", ONE, Text(35))]),
                                ),
                                Part("Amt", ONE, Parts(&[Part("InstdAmt", ONE, Money)])),
                                Part("CdtrAgt", MAYBE, $agent),
                                Part("Cdtr", MAYBE, PARTY),
                                Part("CdtrAcct", MAYBE, ACCOUNT),
                                Part("RmtInf", MAYBE, Parts(&[Part("Ustrd", ANY, Text(140))])),
                            ]),
                        ),
                    ]),
                ),
            ]),
        )])
    };
}
static MESSAGE_03: Holds = message!(DAY_03, AGENT_03);
static MESSAGE_09: Holds = message!(DAY_09, AGENT_09);

/// `[A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?`
fn is_bic_03(text: &str) -> bool {
    let fits = |(place, c): (usize, char)| match place {
        0..=5 => c.is_ascii_uppercase(),
        6 => c.is_ascii_uppercase() || ('2'..='9').contains(&c),
        7 => c != 'O' && (c.is_ascii_uppercase() || c.is_ascii_digit()),
        _ => c.is_ascii_uppercase() || c.is_ascii_digit(),
    };
    matches!(text.len(), 8 | 11) && text.chars().enumerate().all(fits)
}

/// `[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?`
fn is_bic_09(text: &str) -> bool {
    let fits = |(place, c): (usize, char)| c.is_ascii_uppercase() || (c.is_ascii_digit() && !matches!(place, 4 | 5));
    matches!(text.len(), 8 | 11) && text.chars().enumerate().all(fits)
}

fn is_time(text: &str) -> bool {
    chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<chrono::NaiveDate>().is_ok()
}

fn is_count(text: &str) -> bool {
    (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_sum(text: &str) -> bool {
    is_decimal(text, 17)
}

/// At most 18 digits that count, so many of them behind the point.
fn is_decimal(text: &str, behind: usize) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0').len();
    digits && !whole.is_empty() && fraction <= behind && whole.trim_start_matches('0').len() + fraction <= 18
}

fn children<'a, 'i>(node: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    node.children().filter(Node::is_element).collect()
}

fn hold(node: Node, holds: &Holds, namespace: &str) -> Result<(), String> {
    let name = node.tag_name().name();
    if node.tag_name().namespace() != Some(namespace) {
        return Err(format!("{name} is of another namespace"));
    }
    if !matches!(holds, Money) && node.attributes().len() > 0 {
        return Err(format!("{name} has attributes"));
    }
    let text: String = node.children().filter_map(|part| part.text().filter(|_| part.is_text())).collect();
    if let Parts(parts) = holds {
        if !text.trim().is_empty() {
            return Err(format!("{name} holds text"));
        }
        return in_order(node, parts, namespace);
    }
    let length = text.chars().count();
    let fits = match holds {
        Text(most) => (1..=*most).contains(&length),
        Form(fits) => fits(&text),
        Money => {
            let currency = node.attribute("Ccy").unwrap_or_default();
            let named = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
            node.attributes().len() == 1 && named && is_decimal(&text, 5)
        }
        Parts(_) => false,
    };
    if fits && children(node).is_empty() { Ok(()) } else { Err(format!("{name}: {text}")) }
}

fn in_order(node: Node, parts: &[Part], namespace: &str) -> Result<(), String> {
    let name = node.tag_name().name();
    let mut rest = children(node).into_iter().peekable();
    for Part(wanted, (least, most), holds) in parts {
        let mut found = 0;
        while let Some(child) = rest.next_if(|child| child.tag_name().name() == *wanted) {
            hold(child, holds, namespace)?;
            found += 1;
        }
        if found < *least || found > *most {
            return Err(format!("{name} has {found} {wanted}"));
        }
    }
    rest.next().map_or(Ok(()), |child| Err(format!("{name} has {} out of place", child.tag_name().name())))
}

/// Whether a message is what its version defines.
fn check(version: Version, text: &str) -> Result<(), String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let (root, message) = match version {
        Version::V03 => (document.root_element(), &MESSAGE_03),
        Version::V09 => (document.root_element(), &MESSAGE_09),
    };
    if root.tag_name().name() != "Document" {
        return Err("no Document".to_owned());
    }
    hold(root, message, version.namespace())
}

/// As `check`, and its control figures are those of its transfers.
#[track_caller]
fn is_sound(version: Version, text: &str, count: usize, sum: i64) {
    check(version, text).unwrap_or_else(|why| panic!("{why}\n{text}"));
    let document = Document::parse(text).unwrap();
    let all = |name: &str| -> Vec<String> {
        let named = document.descendants().filter(|node| node.tag_name().name() == name);
        named.map(|node| node.text().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(all("NbOfTxs"), vec![count.to_string(); 2]);
    assert_eq!(all("CtrlSum"), vec![sum.to_string(); 2]);
    let amounts = all("InstdAmt");
    assert_eq!(amounts.len(), count);
    assert_eq!(amounts.iter().map(|amount| amount.parse::<i64>().unwrap()).sum::<i64>(), sum);
}

const VERSIONS: [Version; 2] = [Version::V03, Version::V09];

fn order(n: i64, holder: &str) -> BankOrder {
    BankOrder {
        end_to_end_id: format!("VD2027{n:08}"),
        instruction_id: format!("VD2027{n:08}-1"),
        bank_code: "004".to_owned(),
        account_number: "00112345678".to_owned(),
        account_holder: holder.to_owned(),
        amount: Won(n * 1_000),
        memo: format!("CL2027-{n:06}"),
    }
}

fn written(version: Version, bic: Option<&str>, orders: &[BankOrder]) -> anyhow::Result<String> {
    let payer = Payer {
        holder: "정보통신산업진흥원".to_owned(),
        bank_code: "088".to_owned(),
        account_number: "100032123456".to_owned(),
        bic: bic.map(str::to_owned),
    };
    let heading = Heading {
        message_id: "PB2027-00001",
        made_at: chrono::DateTime::from_timestamp(1_803_000_000, 0).unwrap(),
        zone: chrono_tz::Asia::Seoul,
        execution_on: "2027-03-03".parse().unwrap(),
        payer: &payer,
    };
    write(version, &heading, orders)
}

#[test]
fn a_message_has_the_structure_of_its_version() {
    let orders = [order(1, "한빛 & 별빛 <주>"), order(2, "\"가\" '나'")];
    for version in VERSIONS {
        for bic in [Some("SHBKKRSEXXX"), Some("SHBKKRSE"), None] {
            is_sound(version, &written(version, bic, &orders).unwrap(), 2, 3_000);
        }
        let text = written(version, None, &orders).unwrap();
        assert!(text.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Document xmlns="));
        assert!(text.contains("<Nm>한빛 &amp; 별빛 &lt;주&gt;</Nm>"), "{text}");
        assert_eq!(written(version, None, &orders).unwrap(), text, "the same bytes every time");
    }
    let [earlier, later] = VERSIONS.map(|version| written(version, Some("SHBKKRSE"), &orders).unwrap());
    let turned = later
        .replace("pain.001.001.09", "pain.001.001.03")
        .replace("BICFI>", "BIC>")
        .replace("<ReqdExctnDt><Dt>2027-03-03</Dt></ReqdExctnDt>", "<ReqdExctnDt>2027-03-03</ReqdExctnDt>");
    assert_eq!(turned, earlier, "they differ in nothing else that is written");
    assert!(check(Version::V03, &later).is_err() && check(Version::V09, &earlier).is_err());
}

#[test]
fn what_breaks_a_definition_is_seen() {
    let long = format!("<Nm>{}</Nm>", "가".repeat(141));
    let spoils = [
        ("<NbOfTxs>1</NbOfTxs><CtrlSum>1000</CtrlSum>", "<CtrlSum>1000</CtrlSum><NbOfTxs>1</NbOfTxs>"),
        ("<MsgId>PB2027-00001</MsgId>", ""),
        ("<MsgId>PB2027-00001</MsgId>", "<MsgId>PB2027-00001</MsgId><MsgId>PB2027-00001</MsgId>"),
        ("<MsgId>PB2027-00001</MsgId>", "<MsgId></MsgId>"),
        ("<MsgId>PB2027-00001</MsgId>", "<MsgId>123456789012345678901234567890123456</MsgId>"),
        ("<Nm>한빛</Nm>", &long),
        ("<Nm>한빛</Nm>", "<Nm>한<b/>빛</Nm>"),
        ("<Nm>한빛</Nm>", "<Nm>한빛</Nm>한빛"),
        ("<Nm>한빛</Nm>", "<Name>한빛</Name>"),
        ("<Nm>한빛</Nm>", "<Nm xmlns=\"urn:x\">한빛</Nm>"),
        ("<Nm>한빛</Nm>", "<Nm lang=\"ko\">한빛</Nm>"),
        ("<PmtMtd>TRF</PmtMtd>", "<PmtMtd>TRX</PmtMtd>"),
        ("<BtchBookg>false</BtchBookg>", "<BtchBookg>no</BtchBookg>"),
        ("<ChrgBr>DEBT</ChrgBr>", "<ChrgBr>OUR</ChrgBr>"),
        ("2027-03-03", "3 March 2027"),
        ("Ccy=\"KRW\"", "Ccy=\"won\""),
        ("Ccy=\"KRW\"", ""),
        (">1000</InstdAmt>", ">1,000</InstdAmt>"),
        (">1000</InstdAmt>", ">-1000</InstdAmt>"),
        (">1000</InstdAmt>", ">1000.123456</InstdAmt>"),
        (">1000</InstdAmt>", ">1234567890123456789</InstdAmt>"),
        ("SHBKKRSE", "SHBK12SE"),
        ("SHBKKRSE", "SHBKKRSEXX"),
        ("<MmbId>088</MmbId>", ""),
        ("<Othr><Id>00112345678</Id></Othr>", "<Othr><Id>12345678901234567890123456789012345</Id></Othr>"),
        ("</CstmrCdtTrfInitn>", "<GrpHdr/></CstmrCdtTrfInitn>"),
    ];
    for version in VERSIONS {
        let sound = written(version, Some("SHBKKRSE"), &[order(1, "한빛")]).unwrap();
        for (from, to) in &spoils {
            assert!(sound.contains(from), "{from}\n{sound}");
            assert!(check(version, &sound.replacen(from, to, 1)).is_err(), "{version:?}: {from} as {to}");
        }
    }
}

#[test]
fn an_order_that_cannot_be_said_makes_no_message() {
    for version in VERSIONS {
        assert!(written(version, None, &[]).is_err());
        assert!(written(version, None, &[order(0, "한빛")]).is_err(), "nothing to pay");
        assert!(written(version, None, &[order(1, "\u{1}")]).is_err(), "no name");
        assert!(written(version, Some("SHBKKRS"), &[order(1, "한빛")]).is_err(), "no bank");
    }
    assert!(written(Version::V03, Some("S1BKKRSE"), &[order(1, "한빛")]).is_err());
    assert!(written(Version::V09, Some("S1BKKRSE"), &[order(1, "한빛")]).is_ok());
}

proptest! {
    #[test]
    fn any_name_stays_in_its_element(
        holder in "\\PC{1,200}", amounts in prop::collection::vec(1i64..9_999_999, 1..20), later in prop::bool::ANY,
    ) {
        prop_assume!(!holder.trim().is_empty());
        let version = VERSIONS[usize::from(later)];
        let orders: Vec<BankOrder> = amounts.iter().map(|n| order(*n, &holder)).collect();
        let sum = amounts.iter().sum::<i64>() * 1_000;
        is_sound(version, &written(version, None, &orders).unwrap(), amounts.len(), sum);
    }
}

both!(a_bank_gets_the_version_that_its_profile_names, async |t: Tester| {
    let world = World::new(&t).await;
    let claims = world.approved(&t, 2).await;
    let mut manager = t.staff(Role::Manager).await;
    let described = |format: &'static str, bic: &'static str| {
        [
            ("profile_name", format),
            ("holder", "정보통신산업진흥원"),
            ("bank_code", "088"),
            ("account_number", "100-032-123456"),
            ("format", format),
            ("bic", bic),
        ]
    };
    let new = "/payments/accounts/new";
    manager.see(new).await.says("pain.001.001.03").says("pain.001.001.09").says("refused whole");
    let seen = manager.fill(new, "/new", &described("pain_001_001_03", "S1BKKRSE")).await;
    assert_eq!(seen.status, 422);
    assert!(seen.error_at("bic").unwrap().contains("choose pain.001.001.09"), "{}", seen.text());
    let seen = manager.fill(new, "/new", &described("pain_001_001_09", "SHBKKRS")).await;
    assert!(seen.error_at("bic").unwrap().contains("8 or 11"), "{}", seen.text());
    manager.fill_and_follow(new, "/new", &described("pain_001_001_03", "SHBKKRSE")).await.says("2009");
    manager.fill_and_follow(new, "/new", &described("pain_001_001_09", "s1bkkrse")).await.says("2019");
    let (one, mut page) = payer(&t, "one@pay.test").await;
    let two = staff(&t, "two@pay.test", &[Role::Payer]).await;
    let (three, mut third) = payer(&t, "three@pay.test").await;
    let versions = [("pain_001_001_03", Version::V03), ("pain_001_001_09", Version::V09)];
    for (claim, (format, version)) in claims.into_iter().zip(versions) {
        let mut tx = t.app.db.read().await.unwrap();
        let profile: Option<payments::ProfileId> =
            tx.value("SELECT id FROM bank_profiles WHERE format = $1", (format,)).await.unwrap();
        drop(tx);
        let new = NewBatch { claims: vec![claim], profile, checker: None };
        let id = actions::prepare(&t.app, &one, new, Once::new()).await.unwrap();
        page.see(&format!("/payments/batches/{id}")).await.says(format);
        actions::approve(&t.app, &two, id, Once::new()).await.unwrap();
        actions::release(&t.app, &three, id, Once::new()).await.unwrap();
        let file = taken(&mut third, &format!("/payments/batches/{id}")).await;
        let text = String::from_utf8(file.body).unwrap();
        is_sound(version, &text, 1, 10_000_000);
        let (bic, day) = match version {
            Version::V03 => ("<BIC>SHBKKRSE</BIC>", "<ReqdExctnDt>2027-"),
            Version::V09 => ("<BICFI>S1BKKRSE</BICFI>", "<ReqdExctnDt><Dt>2027-"),
        };
        assert!(text.contains(bic) && text.contains(day), "{text}");
    }
});
