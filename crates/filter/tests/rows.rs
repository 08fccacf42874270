//! Rows that `-P` keeps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../../output/tests/common/records.rs"]
mod records;

use records::{Call, Records, call};
use syscope_filter::RowFilter;

const AT_FDCWD: u64 = -100_i64 as u64;

/// File 1 is `/tmp`, file 2 `/tmp/wanted`, file 3 `/tmp/other`.
#[track_caller]
fn check(call: Call, kept: bool) {
    let filter =
        RowFilter { paths: vec![b"/elsewhere".to_vec(), b"/tmp/wanted".to_vec()], ..RowFilter::default() };
    let records = Records::new().path(1, "/tmp").path(2, "/tmp/wanted").path(3, "/tmp/other").call(call);
    let mut rows = 0;
    records.events(|event| {
        rows += 1;
        assert_eq!(filter.keeps(event), kept);
        assert!(RowFilter::default().keeps(event));
    });
    assert_eq!(rows, 1);
}

#[test]
fn by_descriptor() {
    let read = || call("read").args([3, 0x5000, 1]);
    check(read().file(0, 2), true);
    check(read().file(0, 3), false);
    check(read(), false);
    // Both descriptors of a call count.
    check(call("sendfile").args([4, 3]).file(0, 3).file(1, 2), true);
    check(call("dup").args([5]).ret(6).ret_file(2), true);
}

#[test]
fn by_path_argument() {
    let openat = |dirfd: u64| call("openat").args([dirfd, 0x5000, 0]);
    check(openat(AT_FDCWD).text(1, "/tmp/wanted").ret(-2), true);
    check(openat(AT_FDCWD).text(1, "//tmp/./wanted").ret(-2), true);
    check(openat(AT_FDCWD).text(1, "wanted").file(0, 1).ret(-2), true);
    check(openat(AT_FDCWD).text(1, "wanted").file(0, 3).ret(-2), false);
    check(openat(7).text(1, "wanted").file(0, 1).ret(-2), true);
    check(openat(AT_FDCWD).text(1, "/tmp/wanted.other").ret(-2), false);
    // A relative path whose directory is not known is nobody's.
    check(openat(AT_FDCWD).text(1, "wanted").ret(-2), false);
    // By a symbolic link: what was opened tells.
    check(openat(AT_FDCWD).text(1, "/tmp/link").ret(3).ret_file(2), true);
    check(openat(AT_FDCWD).fault(1).ret(-14), false);
    check(call("rename").text(0, "/tmp/new").text(1, "/tmp/wanted"), true);
}

#[test]
fn a_working_directory_is_no_argument() {
    let filter = RowFilter { paths: vec![b"/tmp".to_vec()], ..RowFilter::default() };
    let stat = call("stat").args([0x5000]).text(0, "other").file(0, 1);
    Records::new().path(1, "/tmp").call(stat).events(|event| assert!(!filter.keeps(event)));
    let fchdir = call("fchdir").args([3]).file(0, 1);
    Records::new().path(1, "/tmp").call(fchdir).events(|event| assert!(filter.keeps(event)));
}

#[test]
fn calls_without_a_row_of_the_table_name_nothing() {
    check(call("close").foreign(999).file(0, 2), false);
}
