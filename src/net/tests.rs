//! Calls to a tiny server of our own: what is answered, and what is refused of it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use super::*;
use crate::net::form::{Login, Part};

/// A server that gives these answers, one per connection, and then tells what it was asked.
fn server(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let serve = |answer: String| {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).unwrap() > 0 {}
            let length =
                head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            (&stream).write_all(answer.as_bytes()).unwrap();
            head + &String::from_utf8(body).unwrap()
        };
        answers.into_iter().map(serve).collect()
    });
    (url, served)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn caller() -> Caller {
    Caller::new(Limits { answer_bytes: 10, ..Limits::default() })
}

#[test]
fn a_body_is_sent_and_the_answer_comes_back_whatever_its_status() {
    let stamped = answer("200 OK", "Content-Type: Application/Timestamp-Reply; x=y\r\n", "0123456789");
    let (url, served) = server(vec![stamped, answer("503 Busy", "", "plus tard")]);
    let given = caller().post(&url, "application/timestamp-query", b"bonjour").unwrap();
    assert!(given.is_success());
    assert_eq!((given.content_type.as_str(), &given.body[..]), ("application/timestamp-reply", &b"0123456789"[..]));
    let busy = caller().get(&url).unwrap();
    assert!(!busy.is_success());
    assert_eq!((busy.status, busy.content_type.as_str(), &busy.body[..]), (503, "", &b"plus tard"[..]));
    let asked = served.join().unwrap();
    assert!(asked[0].starts_with("POST /tsa HTTP/1.1\r\n") && asked[0].ends_with("\r\n\r\nbonjour"), "{}", asked[0]);
    assert!(asked[0].to_ascii_lowercase().contains("content-type: application/timestamp-query\r\n"), "{}", asked[0]);
    assert!(asked[1].starts_with("GET /tsa HTTP/1.1\r\n"), "{}", asked[1]);
}

#[test]
fn an_answer_that_is_too_long_is_refused() {
    let (url, served) = server(vec![answer("200 OK", "", "01234567890")]);
    assert!(matches!(caller().get(&url).unwrap_err(), Error::TooLong { bytes: 10, .. }));
    served.join().unwrap();
}

#[test]
fn a_redirection_is_followed_within_the_host_only() {
    let within = answer("307 Temporary Redirect", "Location: /ailleurs?a=b\r\n", "");
    let (url, served) = server(vec![within, answer("200 OK", "", "là")]);
    assert_eq!(caller().post(&url, "text/plain", b"x").unwrap().body, "là".as_bytes());
    assert!(served.join().unwrap()[1].starts_with("POST /ailleurs?a=b "));
    for to in ["http://example.org/", "//example.org/", "https://127.0.0.1/tsa", "ftp://127.0.0.1/"] {
        let (url, served) = server(vec![answer("308 Permanent Redirect", &format!("Location: {to}\r\n"), "")]);
        let refused = caller().get(&url).unwrap_err();
        assert!(matches!(&refused, Error::Elsewhere { to: told, .. } if told == to), "{refused:?}");
        served.join().unwrap();
    }
}

#[test]
fn a_redirection_that_would_lose_what_is_posted_is_the_answer() {
    let (url, served) = server(vec![answer("302 Found", "Location: /ailleurs\r\n", "")]);
    assert_eq!(caller().post(&url, "text/plain", b"x").unwrap().status, 302);
    served.join().unwrap();
}

#[test]
fn who_sends_round_and_round_is_left() {
    let round = answer("302 Found", "Location: /tsa\r\n", "");
    let (url, served) = server(vec![round; 4]);
    assert!(matches!(caller().get(&url).unwrap_err(), Error::Elsewhere { .. }));
    assert_eq!(served.join().unwrap().len(), 4);
}

#[test]
fn what_is_not_there_or_is_no_address_says_so() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(matches!(caller().get(&format!("http://{nobody}/")).unwrap_err(), Error::Unreachable { .. }));
    for url in ["", "bonjour", "ftp://example.org/", "file:///etc/passwd", "http://"] {
        assert!(matches!(caller().get(url).unwrap_err(), Error::Address(_)), "{url}");
    }
}

#[test]
fn who_never_answers_is_left_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let hasty = Caller::new(Limits { total_millis: 50, ..Limits::default() });
    assert!(matches!(hasty.get(&url).unwrap_err(), Error::Late { millis: 50, .. }));
}

#[test]
fn what_is_not_http_does_not_read() {
    let (url, served) = server(vec!["SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned()]);
    assert!(matches!(caller().get(&url).unwrap_err(), Error::Unreadable { .. }));
    served.join().unwrap();
}

#[test]
fn a_form_with_a_file_is_sent_under_a_name_and_says_its_length() {
    let (url, served) = server(vec![answer("200 OK", "", "{}"), answer("200 OK", "", "<a/>")]);
    let login = Login { user: "pastell".to_owned(), secret: "s3cret".to_owned() };
    let mut bytes = &b"contenu"[..];
    let parts = vec![
        Part::Text { name: "send_chunked_attachments", value: "true".to_owned() },
        Part::File { name: "seda_message", file_name: "bordereau\".xml", size: 7, bytes: &mut bytes },
    ];
    assert!(caller().post_form(&url, &login, "frontiere", parts).unwrap().is_success());
    assert_eq!(caller().get_as(&url, &login).unwrap().body, b"<a/>");
    let asked = served.join().unwrap();
    let body = "--frontiere\r\nContent-Disposition: form-data; name=\"send_chunked_attachments\"\r\n\r\ntrue\r\n\
        --frontiere\r\nContent-Disposition: form-data; name=\"seda_message\"; filename=\"bordereau%22.xml\"\r\n\
        Content-Type: application/octet-stream\r\n\r\ncontenu\r\n--frontiere--\r\n";
    assert!(asked[0].ends_with(body), "{}", asked[0]);
    assert!(asked[0].to_ascii_lowercase().contains(&format!("content-length: {}\r\n", body.len())), "{}", asked[0]);
    for head in &asked {
        assert!(head.contains("Basic cGFzdGVsbDpzM2NyZXQ="), "{head}");
    }
    assert_eq!(format!("{login:?}"), "pastell (secret)");
}

#[test]
fn a_file_that_is_shorter_than_told_is_not_sent_as_whole() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let login = Login { user: "a".to_owned(), secret: "b".to_owned() };
    let mut bytes = &b"con"[..];
    let parts = vec![Part::File { name: "f", file_name: "f", size: 7, bytes: &mut bytes }];
    assert!(matches!(caller().post_form(&url, &login, "x", parts).unwrap_err(), Error::Unreachable { .. }));
}
