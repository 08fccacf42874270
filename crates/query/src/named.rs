//! Questions that many have, with a name each.

/// A query with a name.
#[derive(Debug, Clone, Copy)]
pub struct Named {
    /// What is typed.
    pub name: &'static str,
    /// What it answers.
    pub about: &'static str,
    /// The query.
    pub sql: &'static str,
}

/// All of them.
pub const NAMED: &[Named] = &[
    Named {
        name: "calls",
        about: "calls by name: how many, failed, time, percentiles",
        sql: "SELECT syscall, sum(sampled_weight) AS calls, sum(is_error) AS errors, sum(latency_ns) AS total_ns,\n\
              \x20      p50(latency_ns) AS p50_ns, p90(latency_ns) AS p90_ns, p99(latency_ns) AS p99_ns, max(latency_ns) AS max_ns\n\
              FROM events GROUP BY syscall ORDER BY calls DESC",
    },
    Named {
        name: "slowest-calls",
        about: "the calls that took longest",
        sql: "SELECT seq, comm, tid, syscall, latency_ns, file, args FROM events\n\
              WHERE latency_ns IS NOT NULL ORDER BY latency_ns DESC LIMIT 20",
    },
    Named {
        name: "slowest-files",
        about: "files on which most time was spent",
        sql: "SELECT file, count(*) AS calls, sum(latency_ns) AS total_ns, max(latency_ns) AS max_ns FROM events\n\
              WHERE file IS NOT NULL GROUP BY file ORDER BY total_ns DESC LIMIT 20",
    },
    Named {
        name: "files-by-bytes",
        about: "files that most bytes came from or went to",
        sql: "SELECT file, sum(bytes) AS bytes, sum(CASE direction WHEN 'read' THEN bytes END) AS read,\n\
              \x20      sum(CASE direction WHEN 'write' THEN bytes END) AS written, count(*) AS calls FROM events\n\
              WHERE bytes > 0 AND file IS NOT NULL GROUP BY file ORDER BY bytes DESC LIMIT 20",
    },
    Named {
        name: "failed-opens",
        about: "files that could not be opened, and why",
        sql: "SELECT file, errno, count(*) AS times, min(comm) AS by FROM events\n\
              WHERE kind = 'open' AND is_error = 1 GROUP BY file, errno ORDER BY times DESC LIMIT 50",
    },
    Named {
        name: "errors",
        about: "what failed, and how",
        sql: "SELECT syscall, errno, count(*) AS times FROM events WHERE is_error = 1\n\
              GROUP BY syscall, errno ORDER BY times DESC",
    },
    Named {
        name: "processes",
        about: "time in calls, and between them, by process",
        sql: "SELECT pid, min(comm) AS comm, count(*) AS calls, sum(latency_ns) AS in_calls_ns, sum(gap_ns) AS between_ns,\n\
              \x20      sum(bytes) AS bytes FROM events GROUP BY pid ORDER BY in_calls_ns DESC",
    },
    Named {
        name: "fsync-storms",
        about: "who waits for the disk, and how long",
        sql: "SELECT comm, file, syscall, count(*) AS times, sum(latency_ns) AS total_ns, p99(latency_ns) AS p99_ns FROM events\n\
              WHERE syscall IN ('fsync', 'fdatasync', 'sync', 'syncfs', 'sync_file_range', 'msync')\n\
              GROUP BY comm, file, syscall ORDER BY times DESC",
    },
    Named {
        name: "small-io",
        about: "reads and writes of a few bytes only",
        sql: "SELECT comm, syscall, file, count(*) AS times, sum(bytes) AS bytes FROM events\n\
              WHERE bytes BETWEEN 1 AND 16 GROUP BY comm, syscall, file ORDER BY times DESC LIMIT 20",
    },
    Named {
        name: "longest-gaps",
        about: "where threads did longest without the kernel",
        sql: "SELECT seq, comm, tid, gap_ns, syscall, args FROM events\n\
              WHERE gap_ns IS NOT NULL ORDER BY gap_ns DESC LIMIT 20",
    },
    Named {
        name: "rate",
        about: "calls in each tenth of a second",
        sql: "SELECT (time_ns - (SELECT min(time_ns) FROM events)) / 100000000 / 10.0 AS second, count(*) AS calls,\n\
              \x20      sum(is_error) AS errors, sum(bytes) AS bytes FROM events GROUP BY 1 ORDER BY 1",
    },
    Named {
        name: "latencies",
        about: "how latencies of each call are spread, in powers of two",
        sql: "SELECT syscall, count(*) AS calls, hist(latency_ns) AS from_ns FROM events\n\
              GROUP BY syscall ORDER BY calls DESC",
    },
    Named {
        name: "programs",
        about: "programs that were executed",
        sql: "SELECT pid, ppid, file, args, ret FROM events WHERE syscall IN ('execve', 'execveat') ORDER BY seq",
    },
    Named {
        name: "connections",
        about: "where sockets were connected to",
        sql: "SELECT comm, pid, args, errno, latency_ns FROM events WHERE syscall = 'connect' ORDER BY seq",
    },
    Named { name: "losses", about: "what is missing", sql: "SELECT kind, syscall, count FROM losses" },
];
