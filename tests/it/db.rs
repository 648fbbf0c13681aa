//! The facade: units of work, group commit, the history's chain.

use crate::support::Tester;
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use uuid::Uuid;
use voucherdesk::{
    audit::{self, Record},
    core::actor::Actor,
    db::Select,
    outbox::{self, Mail},
};

both!(a_unit_of_work_that_is_dropped_leaves_nothing_and_harms_no_other, async |t: Tester| {
    let db = &t.app.db;
    let now = t.now();
    let acts = (0..60).map(|n| async move {
        let mut tx = db.write().await.unwrap();
        let record = Record::new("test", Uuid::from_u128(n), if n % 3 == 0 { "dropped" } else { "kept" });
        audit::record(&mut tx, &Actor::system(), record, now).await.unwrap();
        if n % 3 != 0 {
            tx.commit().await.unwrap();
        }
    });
    join_all(acts).await;
    let mut tx = db.read().await.unwrap();
    let kept: Option<i64> = tx.value("SELECT COUNT(*) FROM audit_records WHERE kind = 'kept'", ()).await.unwrap();
    let dropped: Option<i64> = tx.value("SELECT COUNT(*) FROM audit_records WHERE kind = 'dropped'", ()).await.unwrap();
    assert_eq!((kept, dropped), (Some(40), Some(0)));
});

both!(what_rides_with_the_next_statement_keeps_its_order_and_the_others_count, async |t: Tester| {
    let insert = "INSERT INTO once_keys (id, person_id, act, result, at) VALUES ($1, $2, $3, '', $4)";
    let key = |n: u128| (Uuid::from_u128(n), Uuid::nil(), "test".to_owned(), t.now());
    let count = "SELECT COUNT(*) FROM once_keys WHERE act = $1 AND result = $2";
    let mut tx = t.app.db.write().await.unwrap();
    tx.later(insert, key(1)).await.unwrap();
    tx.later(insert, key(2)).await.unwrap();
    let changed = tx.run("UPDATE once_keys SET result = $2 WHERE act = $1", ("test", "changed")).await.unwrap();
    assert_eq!(changed, 2, "rows that rode ahead are there, and are not counted");
    tx.later(insert, key(3)).await.unwrap();
    assert_eq!(tx.value::<i64>(count, ("test", "")).await.unwrap(), Some(1));
    tx.later("UPDATE once_keys SET result = $2 WHERE id = $1", (key(3).0, "last".to_owned())).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(tx.value::<i64>(count, ("test", "last")).await.unwrap(), Some(1));
    drop(tx);

    // A statement that fails on its way takes its own unit along, and no other.
    let db = &t.app.db;
    let acts = (10..70).map(|n| async move {
        let mut tx = db.write().await?;
        tx.later(insert, key(n)).await?;
        if n % 3 == 0 {
            tx.later(insert, key(1)).await?;
        }
        tx.commit().await
    });
    let ends = join_all(acts).await;
    assert_eq!(ends.iter().filter(|end| end.is_ok()).count(), 40);
    let mut tx = t.app.db.read().await.unwrap();
    assert_eq!(tx.value::<i64>(count, ("test", "")).await.unwrap(), Some(40));
});

both!(questions_that_travel_together_are_answered_each_by_its_own, async |t: Tester| {
    let insert = "INSERT INTO once_keys (id, person_id, act, result, at) VALUES ($1, $2, $3, $4, $5)";
    let key = |n: u128, result: &str| (Uuid::from_u128(n), Uuid::nil(), "test".to_owned(), result.to_owned(), t.now());
    let results = |act: &'static str| {
        let sql = "SELECT result, at FROM once_keys WHERE act = $1 ORDER BY result";
        Select::<(String, DateTime<Utc>)>::new(sql, (act,))
    };
    let count =
        || Select::<(i64,)>::new("SELECT COUNT(*) FROM once_keys WHERE act = $1 AND id <> $2", ("test", Uuid::nil()));
    let mut tx = t.app.db.write().await.unwrap();
    tx.later(insert, key(1, "one")).await.unwrap();
    tx.later(insert, key(2, "two")).await.unwrap();
    let (found, none, counted) = tx.together((results("test"), results("nothing"), count())).await.unwrap();
    assert_eq!(found.iter().map(|(result, _)| result.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!((found[0].1, none.len(), counted), (t.now(), 0, vec![(2,)]));
    assert_eq!(tx.rows(count()).await.unwrap(), vec![(2,)]);
    tx.commit().await.unwrap();
    for mut tx in [t.app.db.read().await.unwrap(), t.app.db.glance().await.unwrap()] {
        assert_eq!(tx.together((count(), results("test"))).await.unwrap().1, found);
    }
});

both!(what_goes_with_the_commit_is_kept_whole_or_not_at_all, async |t: Tester| {
    let insert = "INSERT INTO once_keys (id, person_id, act, result, at) VALUES ($1, $2, $3, '', $4)";
    let key = |n: u128| (Uuid::from_u128(n), Uuid::nil(), "test".to_owned(), t.now());
    let db = &t.app.db;
    let kept = async || {
        let mut tx = db.glance().await.unwrap();
        tx.value::<i64>("SELECT COUNT(*) FROM once_keys WHERE act = 'test'", ()).await.unwrap().unwrap()
    };
    // More than are sent at once.
    let mut tx = db.write().await.unwrap();
    for n in 1..=40 {
        tx.last(insert, key(n)).await.unwrap();
    }
    tx.last("UPDATE once_keys SET result = $2 WHERE act = $1", ("nothing".to_owned(), "x".to_owned())).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(kept().await, 40);
    let mut tx = db.write().await.unwrap();
    tx.run(insert, key(50)).await.unwrap();
    tx.last(insert, key(51)).await.unwrap();
    tx.last(insert, key(7)).await.unwrap();
    tx.last(insert, key(52)).await.unwrap();
    assert!(tx.commit().await.is_err(), "one of them was there already");
    assert_eq!(kept().await, 40);
    let mut tx = db.write().await.unwrap();
    tx.last(insert, key(60)).await.unwrap();
    drop(tx);
    assert_eq!(kept().await, 40);
});

both!(an_outbox_row_is_done_once_by_many_workers, async |t: Tester| {
    let mut tx = t.app.db.write().await.unwrap();
    for n in 0..40 {
        let mail = Mail::new(format!("p{n}@firm.test"), voucherdesk::core::lang::Lang::En, "password-changed");
        outbox::mail(&mut tx, mail.clone(), "event", None, t.now()).await.unwrap();
        outbox::mail(&mut tx, mail, "event", None, t.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let taken = join_all((0..8).map(|_| outbox::run_due(&t.app))).await;
    assert_eq!(taken.into_iter().map(Result::unwrap).sum::<u64>(), 40);
    assert_eq!(t.app.mail.posted().len(), 40);
});

both!(a_changed_history_is_found, async |t: Tester| {
    let mut tx = t.app.db.write().await.unwrap();
    for n in 0..20 {
        let record = Record::new("test", Uuid::from_u128(n), "kept").with("n", n);
        audit::record(&mut tx, &Actor::system(), record, t.now()).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert!(audit::seal(&t.app.db).await.unwrap() >= 20);
    let mut tx = t.app.db.read().await.unwrap();
    let (sealed, waiting, breach) = audit::verify(&mut tx).await.unwrap();
    assert_eq!((sealed, waiting, breach), (20, 0, None));
    drop(tx);
    let mut tx = t.app.db.write().await.unwrap();
    let refused = tx.run("UPDATE audit_records SET detail = '{}' WHERE seq = 7", ()).await;
    assert!(refused.is_err(), "the engine refuses to change a sealed record");
    drop(tx);
    let mut tx = t.app.db.write().await.unwrap();
    assert!(tx.run("DELETE FROM audit_records WHERE seq = 20", ()).await.is_err());
});
