#!/usr/bin/env bash
# Everything that must hold, on a machine that may have only Rust and a C compiler: what is missing is installed when
# we are root, and named in a line `skipped: …` when it cannot be. What each step printed stands in target/test-logs.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

PYTHON_PEERS=("ocfl-py==2.1.0" "jsonschema==4.26.0")
LOG_PEERS=("aics-tlog==0.2.1" "aics-witness==0.1.0")
APT_SECONDS=300
PIP_SECONDS=180

logs=target/test-logs
skips=$logs/skipped
failed=()
pg_folder=
pg_bin=
export CARGO_TERM_COLOR=never
[ -z "${CI:-}" ] || export CARGO_INCREMENTAL=0

main() {
    mkdir -p "$logs"
    : > "$skips"
    trap stop_postgresql EXIT
    trap 'exit 130' INT TERM
    install_what_is_missing
    start_postgresql
    install_python_peers
    install_log_peers
    install_go
    install_rocfl
    step format cargo fmt --check
    step lints cargo clippy --locked --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" step documentation cargo doc --locked --no-deps
    step licences licences
    step doc-tests cargo test --locked --doc
    step tests run_tests
    report
}

# Runs one step, shows and keeps what it prints, and goes on when it fails.
step() {
    local name=$1 from=$SECONDS
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$logs/$name.log" | without_noise
    [ "${PIPESTATUS[0]}" = 0 ] || failed+=("$name")
    echo "== $name: $((SECONDS - from)) s"
}

# The log keeps all; what the harness says around each passing test is not shown.
without_noise() {
    grep --line-buffered -vE '^ +(stdout ───|running 1 test|test .* \.\.\. ok|test result: ok\. 1 passed;.*)$|^$|^ +(Compiling|Checking|Documenting) '
}

# With nextest each test is a process of its own; without it, cargo's own runner does. Both show skips of passing tests.
run_tests() {
    if cargo nextest --version > /dev/null 2>&1; then
        cargo nextest run --locked --no-fail-fast --success-output immediate
    else
        cargo test --locked --no-fail-fast --lib --bins --tests -- --show-output
    fi
}

licences() {
    if cargo deny --version > /dev/null 2>&1; then
        cargo deny --offline check bans licenses sources
    else
        skip "cargo-deny is not there to check licences against deny.toml"
    fi
}

skip() {
    echo "skipped: $1" | tee -a "$skips"
}

install_what_is_missing() {
    local missing=()
    command -v perl > /dev/null || missing+=(perl)
    command -v make > /dev/null || missing+=(make)
    command -v pkg-config > /dev/null || missing+=(pkg-config)
    command -v xmllint > /dev/null || missing+=(libxml2-utils)
    find_postgresql || missing+=(postgresql)
    python3 -c 'import ensurepip, venv' 2> /dev/null || missing+=(python3 python3-venv)
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        skip "not root on Debian, so these are not installed: ${missing[*]}"
        return 0
    fi
    echo "== installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { timeout "$APT_SECONDS" apt-get update -q && timeout "$APT_SECONDS" apt-get install -qy --no-install-recommends "${missing[@]}"; } \
        > "$logs/apt.log" 2>&1 || skip "apt-get could not install ${missing[*]} (see $logs/apt.log)"
}

# Sets pg_bin to the newest PostgreSQL of Debian's, or to that of the path.
find_postgresql() {
    local found
    found=$(ls -d /usr/lib/postgresql/*/bin 2> /dev/null | sort -V | tail -n 1)
    [ -n "$found" ] || found=$(dirname "$(command -v initdb)" 2> /dev/null)
    [ -x "$found/initdb" ] && [ -x "$found/pg_ctl" ] && pg_bin=$found
}

# A cluster of our own that dies with us. It refuses to run as root, so root lends it the user postgres.
start_postgresql() {
    if [ -n "${TEST_DATABASE_URL:-}" ]; then
        echo "== PostgreSQL: the caller's"
        return 0
    fi
    if ! find_postgresql; then
        skip "PostgreSQL is not there: only SQLite is tested"
        return 0
    fi
    pg_folder=$(mktemp -d /tmp/cartulaire-pg.XXXXXX)
    [ "$(id -u)" != 0 ] || chown postgres "$pg_folder"
    chmod 755 "$pg_folder"
    as_postgres "$pg_bin/initdb" -D "$pg_folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync \
        > "$logs/postgresql.log" 2>&1 || { skip "PostgreSQL's initdb failed (see $logs/postgresql.log)"; return 0; }
    local port
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        if as_postgres "$pg_bin/pg_ctl" -D "$pg_folder/data" -l "$pg_folder/log" -w -s -t 60 start -o "-p $port -k $pg_folder \
            -c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off -c synchronous_commit=off -c full_page_writes=off" \
            >> "$logs/postgresql.log" 2>&1; then
            export TEST_DATABASE_URL="postgres://postgres@127.0.0.1:$port/postgres"
            echo "== PostgreSQL: $("$pg_bin/postgres" --version), port $port, socket in $pg_folder"
            return 0
        fi
    done
    cat "$pg_folder/log" >> "$logs/postgresql.log" 2> /dev/null
    skip "PostgreSQL did not start (see $logs/postgresql.log)"
}

stop_postgresql() {
    [ -n "$pg_folder" ] || return 0
    as_postgres "$pg_bin/pg_ctl" -D "$pg_folder/data" -m immediate -s stop > /dev/null 2>&1
    rm -rf "$pg_folder"
}

as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
    else
        "$@"
    fi
}

# A port of the loopback that nobody answers on.
free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null || { echo "$port"; return; }
    done
}

# Tools written by others, against which our files are checked; tests look for target/peers/bin/python.
install_python_peers() {
    local python=target/peers/bin/python
    "$python" -c 'import ocfl, jsonschema' 2> /dev/null && return 0
    { python3 -m venv --clear target/peers \
        && timeout "$PIP_SECONDS" "$python" -m pip install -q --disable-pip-version-check "${PYTHON_PEERS[@]}"; } \
        > "$logs/peers.log" 2>&1 && return 0
    rm -rf target/peers
    skip "the Python peers could not be installed: ${PYTHON_PEERS[*]} (see $logs/peers.log)"
}

# A verifier of transparency logs and a witness, which need a newer Python; tests look for target/peers-log/bin/python.
install_log_peers() {
    local folder=target/peers-log newer
    "$folder/bin/python" -c 'import aics_tlog, aics_witness' 2> /dev/null && return 0
    newer=$(newer_python) || { skip "no Python 3.12 or later for ${LOG_PEERS[*]}"; return 0; }
    { "$newer" -m venv --clear "$folder" \
        && timeout "$PIP_SECONDS" "$folder/bin/python" -m pip install -q --disable-pip-version-check "${LOG_PEERS[@]}"; } \
        > "$logs/peers-log.log" 2>&1 && return 0
    rm -rf "$folder"
    skip "the log's Python peers could not be installed: ${LOG_PEERS[*]} (see $logs/peers-log.log)"
}

# The first Python of 3.12 or later that runs, of the path or of pyenv.
newer_python() {
    local python
    for python in python3 python3.1{2,3,4,5} "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python3; do
        "$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 12))' > /dev/null 2>&1 \
            && { echo "$python"; return 0; }
    done
    return 1
}

# Go and its transparency-log library, which verify the log: useful, and not asked for.
install_go() {
    [ ! -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || ! command -v go > /dev/null || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
        skip "not root on Debian, so Go is not installed"
        return 0
    fi
    DEBIAN_FRONTEND=noninteractive timeout "$APT_SECONDS" sh -c \
        'apt-get update -q && apt-get install -qy --no-install-recommends golang-go golang-golang-x-mod-dev' \
        > "$logs/apt-go.log" 2>&1 || skip "apt-get could not install Go (see $logs/apt-go.log)"
}

# Another validator of OCFL, in Rust: built only when it is asked for, since that takes minutes.
install_rocfl() {
    [ "${CARTULAIRE_ROCFL:-}" = 1 ] && [ ! -x target/peers/bin/rocfl ] || return 0
    cargo install rocfl --locked --root target/peers > "$logs/rocfl.log" 2>&1 \
        || skip "rocfl could not be built (see $logs/rocfl.log)"
}

# What was skipped and why, each reason once; then what failed; last, the runners' own closing lines.
report() {
    sed -nE 's/^[[:space:]]*(skipped: .*)/\1/p' "$logs/tests.log" "$logs/doc-tests.log" >> "$skips"
    echo
    sort "$skips" | uniq -c | sed -E 's/^ *([0-9]+) (skipped: .*)/\2 (\1 times)/; s/ \(1 times\)$//'
    echo "$(wc -l < "$skips") skipped"
    if [ -d ../shared ] && grep -q 'reference' "$skips"; then
        echo "the reference data is there (../shared), and yet a test says that it is not"
        failed+=("skipped reference")
    fi
    [ ${#failed[@]} = 0 ] || echo "failed: ${failed[*]}"
    grep -hE '^test result:|^ +Summary ' "$logs/doc-tests.log" "$logs/tests.log"
    [ ${#failed[@]} = 0 ]
}

main "$@"
