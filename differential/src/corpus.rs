//! The programs. To add one, add an entry to [`PROGRAMS`].
//!
//! A program runs in a fresh, empty folder with the same environment each time, `$PORT` being a port of the loopback
//! device that is free. Servers listen there, keep their files in that folder and are told to end by the script that
//! started them. What a program needs beside the plain set-up is installed by `scripts/setup --differential`.

/// A program to be traced by both.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// What the report calls it.
    pub name: &'static str,
    /// What runs before it, untraced, in its folder: a script for `sh -eu`.
    pub prepare: &'static str,
    /// The program itself.
    pub run: Run,
    /// Tools that it needs beside those of the plain set-up.
    tools: &'static [&'static str],
    /// Its exit status.
    pub status: i32,
    /// It is run once with each of these sets of options, of both tracers.
    pub options: &'static [&'static str],
    /// Why two runs of it differ, if they do: its lines are then compared as far as both runs have them.
    pub chance: Option<&'static str>,
    /// Part of the smaller corpus that the live tests run.
    pub in_tests: bool,
}

/// How a program is started.
#[derive(Debug, Clone, Copy)]
pub enum Run {
    /// Words with spaces between them.
    Command(&'static str),
    /// A script for `sh`.
    Script(&'static str),
}

impl Program {
    const fn new(name: &'static str, run: Run) -> Program {
        Program {
            name,
            prepare: "",
            run,
            tools: &[],
            status: 0,
            options: &["-y"],
            chance: None,
            in_tests: false,
        }
    }

    const fn command(name: &'static str, words: &'static str) -> Program {
        Program::new(name, Run::Command(words))
    }

    const fn script(name: &'static str, script: &'static str) -> Program {
        Program::new(name, Run::Script(script))
    }

    const fn after(mut self, prepare: &'static str) -> Program {
        self.prepare = prepare;
        self
    }

    const fn with(mut self, options: &'static [&'static str]) -> Program {
        self.options = options;
        self
    }

    const fn by_chance(mut self, why: &'static str) -> Program {
        self.chance = Some(why);
        self
    }

    const fn ends_with(mut self, status: i32) -> Program {
        self.status = status;
        self
    }

    const fn in_tests(mut self) -> Program {
        self.in_tests = true;
        self
    }

    /// Tools that its script needs beside those of the plain set-up.
    const fn needs(mut self, tools: &'static [&'static str]) -> Program {
        self.tools = tools;
        self
    }

    /// What it cannot run without.
    pub fn needed(&self) -> impl Iterator<Item = &'static str> {
        let first = match self.run {
            Run::Command(words) => words.split_whitespace().next(),
            Run::Script(_) => Some("sh"),
        };
        first.into_iter().chain(self.tools.iter().copied())
    }
}

/// The program of this name.
pub fn find(name: &str) -> Option<&'static Program> {
    PROGRAMS.iter().find(|p| p.name == name)
}

/// A tree with what file trees have: folders, links, empty and large files, odd names. It is always of the same age, for
/// programs that write down when files were changed.
const TREE: &str = r#"
mkdir -p tree/a/b/c tree/empty tree/many
n=0; while [ $n -lt 60 ]; do head -c $((n * 97)) /dev/zero | tr '\0' x >tree/many/file$n; n=$((n + 1)); done
head -c 300000 /dev/zero | tr '\0' l >tree/a/large
printf odd >"tree/a/b/c/new
line"
printf odd >"tree/a/b/tab	and \"quotes\""
ln -s ../large tree/a/b/link
ln -s nowhere tree/a/b/dangling
seq 1 500 >numbers
printf 'b 2\na 1\nc 3\na 1\n' >words
find . -exec touch -h -d 2024-01-01 {} +
"#;

const REPOSITORY: &str = r#"
git init -q .
for i in 1 2 3 4 5; do echo $i >file$i; git add .; git commit -q -m "change $i"; done
"#;

const SOURCES: &str = r#"
printf '#include <stdio.h>\nint twice(int);\nint main(void) { printf("%%d\\n", twice(21)); return 0; }\n' >main.c
printf 'int twice(int n) { return 2 * n; }\n' >twice.c
printf 'main: main.o twice.o\n\tcc -o $@ $^\n%%.o: %%.c\n\tcc -O1 -c -o $@ $<\n' >Makefile
"#;

const ALL_ABOUT_FILES: &[&str] = &["-y", "-y -v -s 200"];

/// One of the small programs of every system, on the tree.
const fn small(name: &'static str, words: &'static str) -> Program {
    Program::command(name, words).after(TREE)
}

/// The corpus.
pub const PROGRAMS: &[Program] = &[
    // coreutils
    small("basename", "basename /a/b.c .c"),
    small("base64", "base64 numbers"),
    small("cat", "cat numbers words tree/a/large"),
    small("chmod", "chmod -R -v go-w tree"),
    small("chown", "chown -R -h 1:1 tree"),
    small("cksum", "cksum numbers words"),
    small("comm", "comm numbers words"),
    small("cp", "cp -a tree copy").with(ALL_ABOUT_FILES),
    small("csplit", "csplit numbers 100 200"),
    small("cut", "cut -d1 -f2 numbers"),
    small("date", "date -u -d 2024-01-01"),
    small("dd", "dd if=tree/a/large of=out bs=4096 count=20 conv=fsync").by_chance("it tells how long it took"),
    small("df", "df .").by_chance("others write to the same disk"),
    small("du", "du -a tree"),
    small("env", "env -i A=b printenv A"),
    small("expand", "expand words"),
    small("expr", "expr 6 * 7"),
    small("factor", "factor 1234567890"),
    small("fmt", "fmt numbers"),
    small("fold", "fold -w 10 numbers"),
    small("head", "head -n 3 numbers words"),
    small("id", "id"),
    small("install", "install -m 600 -D numbers new/dir/file"),
    small("join", "join words words").ends_with(1),
    small("ln", "ln -s -v -f words tree/a/link"),
    small("ls", "ls -laR tree").with(ALL_ABOUT_FILES).in_tests(),
    small("md5sum", "md5sum numbers words tree/a/large"),
    small("mkdir", "mkdir -p -v one/two/three"),
    small("mkfifo", "mkfifo -m 600 fifo"),
    small("mv", "mv -v tree other"),
    small("nice", "nice -n 5 true"),
    small("nl", "nl numbers"),
    small("nohup", "nohup true"),
    small("numfmt", "numfmt --to=iec 123456789"),
    small("od", "od -c words"),
    small("paste", "paste numbers words"),
    small("pr", "pr words"),
    small("ptx", "ptx words"),
    small("readlink", "readlink -f tree/a/b/link"),
    small("realpath", "realpath tree/a/../a/b/link"),
    small("rmdir", "rmdir tree/empty"),
    small("seq", "seq 1 2000"),
    small("sha256sum", "sha256sum numbers tree/a/large"),
    small("shred", "shred -n 1 numbers").by_chance("what is written is random"),
    small("sleep", "sleep 0.02"),
    small("sort", "sort --parallel=1 numbers words"),
    small("split", "split -l 50 numbers part"),
    small("stat", "stat tree words tree/a/b/link").with(ALL_ABOUT_FILES),
    small("stdbuf", "stdbuf -oL cat words"),
    small("sync", "sync words"),
    small("tac", "tac numbers"),
    small("tail", "tail -n 5 numbers"),
    small("tee", "tee -a words"),
    small("timeout", "timeout 20 true"),
    small("touch", "touch -d 2020-01-01 words new"),
    small("tr", "tr a-z A-Z"),
    small("true", "true"),
    small("truncate", "truncate -s 100K numbers"),
    small("tsort", "tsort words"),
    small("uname", "uname -a"),
    small("uniq", "uniq -c words"),
    small("unlink", "unlink words"),
    small("wc", "wc numbers words tree/a/large"),
    // Of the size of a day's work.
    Program::command("tar", "tar cf out.tar tree").after(TREE).with(ALL_ABOUT_FILES).in_tests(),
    Program::command("tar-doc", "tar cf out.tar /usr/share/doc").in_tests(),
    Program::script("tar-gzip", "tar czf out.tgz tree && mkdir new && tar xzf out.tgz -C new").after(TREE),
    Program::command("find", "find tree -type f -newer words -size +1k -print").after(TREE),
    Program::command("find-exec", "find tree/many -name file1* -exec wc -c {} +").after(TREE).in_tests(),
    Program::command("find-usr", "find /usr/include -name *.h -type f"),
    Program::command("grep", "grep -r -l line tree").after(TREE).ends_with(1),
    Program::command("sed", "sed -i s/a/b/ words").after(TREE),
    Program::command("awk", "awk {n+=$1}END{print(n)} numbers").after(TREE),
    Program::command("diff", "diff -r tree /usr/include/linux").after(TREE).ends_with(1),
    Program::command("xz", "xz -T1 -k tree/a/large").after(TREE),
    Program::script("xargs", "ls tree/many | xargs -n 10 wc -c").after(TREE),
    Program::command("git-log", "git --no-pager log --stat").after(REPOSITORY).in_tests(),
    Program::script("git-commit", "echo new >file9 && git add . && git commit -q -m new && git status").after(REPOSITORY),
    Program::command("git-clone", "git clone -q --no-hardlinks . copy").after(REPOSITORY)
        .by_chance("git's threads share their work as it comes"),
    Program::command("git-fsck", "git fsck --full").after(REPOSITORY),
    Program::command("gcc", "gcc -O1 -o main main.c twice.c").after(SOURCES).with(&["-y", "-y -s 100 -x"]).in_tests(),
    Program::command("make", "make").after(SOURCES),
    Program::script("ar-ld-objdump", "cc -c main.c twice.c && ar rcs lib.a main.o twice.o && nm lib.a && objdump -d main.o && strip main.o")
        .after(SOURCES),
    // Interpreters.
    Program::script("python", "exec python3 -c 'import json, os; print(json.dumps(sorted(os.listdir(\"tree\"))))'").after(TREE).in_tests(),
    Program::script("python-subprocess", "python3 -c 'import subprocess, tempfile; print(subprocess.run([\"wc\", \"-l\", \"numbers\"], capture_output=True))'")
        .after(TREE),
    Program::script(
        "python-sockets",
        r#"python3 -c '
import socket, threading, os, select
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
client = socket.create_connection(server.getsockname())
there, _ = server.accept()
client.sendall(b"hello")
print(there.recv(100), select.select([there], [there], [], 0))
a, b = socket.socketpair()
a.send(b"x"); b.recv(1)
u = socket.socket(socket.AF_UNIX); u.bind("sock"); u.listen()
v = socket.socket(socket.AF_UNIX); v.connect("sock")
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.sendto(b"one", server.getsockname())
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
client.shutdown(socket.SHUT_RDWR)
'"#,
    )
    .with(&["-y", "-yy", "-y -v"])
    .by_chance("the kernel chooses the client's port"),
    Program::script("python-threads", "python3 -c 'import concurrent.futures as f; print(sum(f.ThreadPoolExecutor(4).map(abs, range(200))))'")
        .by_chance("threads take turns as they like"),
    Program::script("perl", "perl -ne 'print if /7/; END { opendir D, \"tree\"; print sort readdir D; print `echo sub` }' numbers").after(TREE),
    Program::script("perl-signals", "perl -e '$SIG{ALRM} = sub { print \"now\\n\" }; alarm 1; sleep 5; $SIG{USR1} = sub {}; kill USR1 => $$'"),
    Program::script(
        "sqlite",
        "sqlite3 t.db \"create table t(a integer primary key, b text); insert into t(b) values ('one'), ('two'); select * from t;\"",
    )
    .with(&["-y", "-y -v -s 100"])
    .in_tests(),
    Program::script("sqlite-wal", "sqlite3 t.db \"pragma journal_mode=wal; create table t(a, b); insert into t select value, value*value from generate_series(1, 5000); select count(*) from t;\""),
    // Shells.
    Program::script("shell-pipeline", "printf 'b\\na\\nb\\n' | sort | uniq -c; (cd tree && ls | wc -l); exit 0")
        .after(TREE)
        .by_chance("children of a shell end before or while it waits for them")
        .in_tests(),
    Program::script(
        "bash",
        r#"bash -c '
set -e; shopt -s nullglob
for f in tree/many/*; do n=$((n + $(wc -c <$f))); done; echo $n
while read -r a b; do echo "$b $a"; done <words >turned
trap "echo end" EXIT; f() { return 3; }; f || echo $?
cat <<<"here" | tr a-z A-Z; cat <(echo sub) >out; (exit 4) || exec 5<words; read -u 5 line; wait
'"#,
    )
    .after(TREE)
    .by_chance("children of a shell end before or while it waits for them"),
    Program::script("sh-signals", "trap 'echo got' USR1; kill -USR1 $$; sleep 0.01 & wait; sh -c 'kill -TERM $$'; echo $?")
        .by_chance("a signal comes before or during the wait"),
    // Servers and their clients.
    Program::script("openssl", "openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=t -days 1 && openssl enc -aes-256-cbc -pass pass:x -pbkdf2 -in k.pem -out k.enc && openssl dgst -sha256 k.enc")
        .needs(&["openssl"])
        .by_chance("the search for primes"),
    Program::script("rsync", "rsync -a tree/ copy && rsync -a -c --delete tree/ copy").after(TREE)
        .needs(&["rsync"])
        .by_chance("three processes talk as data comes"),
    Program::script(
        "redis",
        r#"
mkfifo log
redis-server --port $PORT --bind 127.0.0.1 --save '' --logfile '' --io-threads 1 >log &
while read -r line; do case $line in *eady*accept*) break ;; esac; done <log
redis-cli -p $PORT set key value
redis-cli -p $PORT get key
redis-benchmark -p $PORT -q -n 500 -c 5 -t set,get,lpush
redis-cli -p $PORT shutdown nosave
wait"#,
    )
    .with(&["-y", "-yy"])
    .needs(&["redis-server", "redis-cli", "redis-benchmark"])
        .by_chance("server and clients meet when data comes"),
    Program::script(
        "nginx-curl",
        r#"
mkdir logs www
head -c 20000 /dev/zero >www/file
printf 'worker_processes 1; pid nginx.pid; error_log stderr; events {}
http { access_log logs/access; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4;
scgi_temp_path t5; server { listen 127.0.0.1:%s; root www; sendfile on; } }' $PORT >conf
nginx -p . -c conf
for i in 1 2 3; do curl -s -o out$i http://127.0.0.1:$PORT/file; done
curl -s http://127.0.0.1:$PORT/none >/dev/null
nginx -p . -c conf -s quit"#,
    )
    .with(&["-y", "-yy"])
    .needs(&["nginx", "curl"])
        .by_chance("server and clients meet when data comes"),
    // Stressors: calls that programs of every day do not make.
    stressor("stress-ng-eventfd", "stress-ng --eventfd 1 --eventfd-ops 100 --quiet"),
    stressor("stress-ng-timerfd", "stress-ng --timerfd 1 --timerfd-ops 20 --quiet"),
    stressor("stress-ng-poll", "stress-ng --poll 1 --poll-ops 50 --quiet"),
    stressor("stress-ng-epoll", "stress-ng --epoll 1 --epoll-ops 20 --quiet"),
    stressor("stress-ng-sock", "stress-ng --sock 1 --sock-ops 20 --quiet"),
    stressor("stress-ng-udp", "stress-ng --udp 1 --udp-ops 20 --quiet"),
    stressor("stress-ng-mq", "stress-ng --mq 1 --mq-ops 50 --quiet"),
    stressor("stress-ng-sem-sysv", "stress-ng --sem-sysv 1 --sem-sysv-ops 100 --quiet"),
    stressor("stress-ng-shm", "stress-ng --shm 1 --shm-ops 5 --quiet"),
    stressor("stress-ng-msg", "stress-ng --msg 1 --msg-ops 50 --quiet"),
    stressor("stress-ng-key", "stress-ng --key 1 --key-ops 20 --quiet"),
    stressor("stress-ng-fcntl", "stress-ng --fcntl 1 --fcntl-ops 20 --quiet"),
    stressor("stress-ng-xattr", "stress-ng --xattr 1 --xattr-ops 5 --quiet"),
    stressor("stress-ng-inotify", "stress-ng --inotify 1 --inotify-ops 5 --quiet"),
    stressor("stress-ng-get", "stress-ng --get 1 --get-ops 5 --quiet"),
    stressor("stress-ng-set", "stress-ng --set 1 --set-ops 5 --quiet"),
    stressor("stress-ng-prctl", "stress-ng --prctl 1 --prctl-ops 2 --quiet"),
    stressor("stress-ng-sigq", "stress-ng --sigq 1 --sigq-ops 20 --quiet"),
    stressor("stress-ng-splice", "stress-ng --splice 1 --splice-ops 20 --quiet"),
    stressor("stress-ng-vm-splice", "stress-ng --vm-splice 1 --vm-splice-ops 20 --quiet"),
    stressor("stress-ng-clone", "stress-ng --clone 1 --clone-ops 10 --quiet"),
    stressor("stress-ng-futex", "stress-ng --futex 1 --futex-ops 50 --quiet"),
    stressor("stress-ng-io-uring", "stress-ng --io-uring 1 --io-uring-ops 10 --quiet"),
    stressor("stress-ng-memfd", "stress-ng --memfd 1 --memfd-ops 2 --quiet"),
    stressor("stress-ng-utime", "stress-ng --utime 1 --utime-ops 5 --quiet"),
];

/// A stressor with a number of operations.
const fn stressor(name: &'static str, words: &'static str) -> Program {
    Program::command(name, words).by_chance("stressors share work between processes, and look at the clock")
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = PROGRAMS.iter().map(|p| p.name).collect();
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
}
