//! voucherdesk administers a government programme of AI vouchers for small and medium-sized firms.
//! The foundation first; then rooms, which are nouns of the programme, in this order:
//! a room may use an earlier one, only through its face.

#![forbid(unsafe_code)]

pub mod app;
pub mod audit;
pub mod cli;
pub mod config;
pub mod core;
pub mod db;
pub mod demo;
pub mod files;
pub mod front;
pub mod outbox;
pub mod pdf;
pub mod server;
pub mod web;
pub mod words;

// The order is the rule (tests/it/house.rs); blank lines keep it.

pub mod people;

pub mod reference;

pub mod organisations;

pub mod ledger;

pub mod programmes;

pub mod vendors;

pub mod applications;

pub mod reviews;

pub mod agreements;

pub mod claims;

pub mod payments;

pub mod outcomes;

pub mod integrity;

pub mod insights;

pub mod population;
