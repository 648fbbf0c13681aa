//! voucherdesk administers a government programme of AI vouchers for small and medium-sized firms.
//! Rooms are nouns of the programme, in this order: a room may use an earlier one, only through its face.

#![forbid(unsafe_code)]

pub mod app;
pub mod audit;
pub mod config;
pub mod core;
pub mod db;
pub mod files;
pub mod front;
pub mod outbox;
pub mod server;
pub mod web;
pub mod words;

pub mod agreements;
pub mod applications;
pub mod claims;
pub mod insights;
pub mod integrity;
pub mod ledger;
pub mod organisations;
pub mod outcomes;
pub mod payments;
pub mod people;
pub mod programmes;
pub mod reference;
pub mod reviews;
pub mod vendors;
