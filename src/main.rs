//! The binary: everything it does is in the library (`src/cli.rs`).

fn main() -> std::process::ExitCode {
    voucherdesk::cli::run()
}
