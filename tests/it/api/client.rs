//! A server on a port of its own over a fresh installation, and a client of a few lines that hides nothing.

use std::{
    fmt::Write as _,
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    thread::JoinHandle,
};

use cartulaire::{
    archive::Archive,
    boot::{self, Installation},
    config::Config,
    domain::{
        mandate::{Administer, Permission},
        tenant::TenantId,
    },
    http,
};
use serde_json::Value;
use tokio::sync::oneshot;

use crate::archive::{House, houses};

/// A running server, with a token that may do everything in its tenant.
pub struct Served {
    pub house: House,
    pub token: String,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A server per engine, under the usual configuration.
pub fn servers() -> Vec<Served> {
    servers_with(|config| config)
}

/// A server per engine, under a configuration of the test's own.
pub fn servers_with(change: fn(Config) -> Config) -> Vec<Served> {
    houses().into_iter().map(|house| served(house, change)).collect()
}

/// A server over a house, under a configuration of the test's own.
pub fn served(house: House, change: fn(Config) -> Config) -> Served {
    let config =
        change(Config { workers: 1, time_stamp_minutes: 0, audit_days: 0, ..house.installation.config.clone() });
    let token = token(house.archive(), None, &Permission::ALL);
    let archive = Arc::clone(house.archive());
    let (address, stop, thread) = start(Installation { config, archive, notices: Vec::new() });
    Served { house, token, address, stop: Some(stop), thread: Some(thread) }
}

/// A token of a tenant (the only one when none is named) with some permissions.
pub fn token(archive: &Archive, tenant: Option<&TenantId>, permissions: &[Permission]) -> String {
    let by = archive.local_actor(tenant).unwrap().mandate::<Administer>().unwrap();
    archive.issue(&by, "essai", permissions, None).unwrap().1
}

fn start(installation: Installation) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let serve = move || {
        let told = async {
            let _ = stopped.await;
        };
        http::serve(installation, listener, told).unwrap();
    };
    (address, stop, std::thread::spawn(serve))
}

impl Served {
    /// A request that bears the token.
    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        let headers = vec![("Authorization".to_owned(), format!("Bearer {}", self.token))];
        Request { served: self, method: method.to_owned(), path: path.to_owned(), headers, body: Vec::new() }
    }

    pub fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send()
    }

    /// Deposits a package and waits for the reply, in JSON.
    pub fn deposit(&self, package: &[u8]) -> Answer {
        let request = self.request("POST", "/api/v1/transfers?name=paquet.zip").header("Prefer", "wait");
        request.header("Accept", "application/json").header("Content-Type", "application/zip").body(package).send()
    }

    /// Ends the server as a signal would.
    pub fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Ends the server and starts another over the same folder and database.
    pub fn restart(&mut self) {
        self.stop();
        let installation = boot::open(&self.house.data).unwrap();
        let (address, stop, thread) = start(installation);
        (self.address, self.stop, self.thread) = (address, Some(stop), Some(thread));
    }

    /// Every file of the volumes with its bytes, but for what a running process keeps for itself.
    pub fn volumes(&self) -> Vec<(std::path::PathBuf, Vec<u8>)> {
        // What is no longer needed is overwritten by the rounds.
        self.house.archive().round(0);
        let mut files = Vec::new();
        let mut folders = vec![self.house.data.join("volumes")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    files.push((path, bytes));
                }
            }
        }
        files.sort();
        files
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

/// A request to be sent.
pub struct Request<'a> {
    served: &'a Served,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Request<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Bears another token, or none when it is empty.
    pub fn bearing(mut self, token: &str) -> Self {
        self.headers.retain(|(name, _)| name != "Authorization");
        if token.is_empty() { self } else { self.header("Authorization", &format!("Bearer {token}")) }
    }

    pub fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    /// Fields of a form: name, file name, bytes.
    pub fn form(self, fields: &[(&str, &str, &[u8])]) -> Self {
        let mut body = Vec::new();
        for (name, filename, bytes) in fields {
            let head =
                format!("--limite\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\r\n");
            body.extend([head.as_bytes(), *bytes, b"\r\n"].concat());
        }
        body.extend(b"--limite--\r\n");
        self.header("Content-Type", "multipart/form-data; boundary=limite").body(body)
    }

    pub fn send(self) -> Answer {
        let length = self.body.len();
        self.send_first(length)
    }

    /// Announces the whole body, sends its first bytes, and then nothing more.
    pub fn send_first(self, count: usize) -> Answer {
        let length = self.body.len();
        let mut stream = TcpStream::connect(self.served.address).unwrap();
        let mut head = format!("{} {} HTTP/1.1\r\nHost: essai\r\nConnection: close\r\n", self.method, self.path);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(head, "Content-Length: {length}\r\n\r\n").unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        // A server that refuses early may have hung up already.
        let _ = stream.write_all(&self.body[..count]);
        if count < length {
            stream.shutdown(Shutdown::Write).unwrap();
        }
        Answer::read(&mut BufReader::new(stream), self.method == "HEAD")
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Reads an answer; one without a status line, since the server hung up, has the status 0.
    fn read(stream: &mut impl BufRead, head: bool) -> Self {
        let mut line = String::new();
        let _ = stream.read_line(&mut line);
        let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
        let mut headers = Vec::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).unwrap_or_default() == 0 || line.trim().is_empty() {
                break;
            }
            let (name, value) = line.trim_end().split_once(": ").unwrap();
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Self { status, headers, body: Vec::new() };
        if !head {
            answer.body = answer.rest(stream);
        }
        answer
    }

    fn rest(&self, stream: &mut impl BufRead) -> Vec<u8> {
        let mut body = Vec::new();
        if self.header("transfer-encoding") != Some("chunked") {
            let _ = stream.read_to_end(&mut body);
            return body;
        }
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            let length = u64::from_str_radix(line.trim(), 16).unwrap();
            stream.take(length).read_to_end(&mut body).unwrap();
            stream.read_line(&mut line).unwrap();
            if length == 0 {
                return body;
            }
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Insists on a status, and gives the JSON body.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }

    /// Insists on a problem of this status and code, with its type and a French sentence.
    pub fn expect_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{problem}");
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["type"], format!("urn:cartulaire:problem:{code}"));
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().unwrap().ends_with(['.', '»']), "{problem}");
        problem
    }
}

/// A text of a JSON value.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}")).to_owned()
}
