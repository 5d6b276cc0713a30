//! The bridge between bytes that come or go when the network pleases, and the rooms below, which read and write and
//! block. A body that stops half-way reads as an error, never as an end.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use actix_web::{error::PayloadError, rt::time::timeout, web::Bytes};
use futures_util::{Stream, StreamExt, future};
use tokio::sync::mpsc::{self, Receiver, Sender};

use crate::http::error::Error;

/// Chunks that wait between the two sides.
const CHUNKS: usize = 8;

/// Bytes that a writer gathers before they go out.
const CHUNK_BYTES: usize = 64 << 10;

/// How long a connection may stay silent in the midst of a body.
const SILENCE: Duration = Duration::from_mins(1);

/// The blocking side of a body that comes.
pub struct Incoming {
    chunks: Receiver<Option<io::Result<Bytes>>>,
    chunk: Bytes,
    ended: bool,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.chunk.is_empty() && !self.ended {
            match self.chunks.blocking_recv() {
                Some(Some(chunk)) => self.chunk = chunk?,
                Some(None) => self.ended = true,
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the request was given up")),
            }
        }
        let count = self.chunk.as_ref().read(buffer)?;
        drop(self.chunk.split_to(count));
        Ok(count)
    }
}

/// Does blocking `work` with the bytes that `body` brings.
pub async fn read<T, E, S>(mut body: S, work: impl FnOnce(&mut Incoming) -> T + Send + 'static) -> Result<T, Error>
where
    T: Send + 'static,
    E: std::fmt::Display,
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    let (sender, chunks) = mpsc::channel(CHUNKS);
    let reading = actix_web::web::block(move || work(&mut Incoming { chunks, chunk: Bytes::new(), ended: false }));
    let feeding = async move {
        loop {
            let next = timeout(SILENCE, body.next()).await;
            let (message, more) = match next {
                Ok(Some(Ok(chunk))) => (Some(Ok(chunk)), true),
                Ok(Some(Err(error))) => (Some(Err(io::Error::other(error.to_string()))), false),
                Ok(None) => (None, false),
                Err(_) => (Some(Err(io::Error::new(io::ErrorKind::TimedOut, "the connection fell silent"))), false),
            };
            // Whoever reads may have had enough.
            if sender.send(message).await.is_err() || !more {
                break;
            }
        }
    };
    let (done, ()) = future::join(reading, feeding).await;
    done.map_err(|_| Error::Closing)
}

/// The blocking side of a body that goes.
pub struct Outgoing {
    chunks: Sender<io::Result<Bytes>>,
    gathered: Vec<u8>,
}

impl Outgoing {
    /// Ends a body in error: whoever receives it sees that it is cut.
    pub fn fail(self, error: io::Error) {
        // A receiver that is gone needs not be told.
        let _ = self.chunks.blocking_send(Err(error));
    }
}

impl Write for Outgoing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= CHUNK_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::take(&mut self.gathered));
        self.chunks.blocking_send(Ok(chunk)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// Both sides of a body that goes.
pub fn outgoing() -> (Outgoing, Receiver<io::Result<Bytes>>) {
    let (sender, receiver) = mpsc::channel(CHUNKS);
    (Outgoing { chunks: sender, gathered: Vec::new() }, receiver)
}

/// What `chunks` receives, as a body.
pub fn stream(chunks: Receiver<io::Result<Bytes>>) -> impl Stream<Item = io::Result<Bytes>> {
    futures_util::stream::unfold(chunks, |mut chunks| async { Some((chunks.recv().await?, chunks)) })
}

/// The whole of a small body; none past `limit_bytes`.
pub async fn whole<S>(mut body: S, limit_bytes: usize) -> Result<Vec<u8>, Error>
where
    S: Stream<Item = Result<Bytes, PayloadError>> + Unpin,
{
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        bytes.extend_from_slice(
            &chunk.map_err(|_| Error::Unreadable("Le corps de la requête est incomplet.".to_owned()))?,
        );
        if bytes.len() > limit_bytes {
            return Err(Error::TooLarge { limit_bytes: u64::try_from(limit_bytes).unwrap_or(u64::MAX) });
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn incoming(messages: Vec<Option<io::Result<Bytes>>>) -> Incoming {
        let (sender, chunks) = mpsc::channel(CHUNKS);
        for message in messages {
            sender.try_send(message).unwrap();
        }
        Incoming { chunks, chunk: Bytes::new(), ended: false }
    }

    #[test]
    fn a_body_that_ends_is_read_whole() {
        let mut text = String::new();
        incoming(vec![Some(Ok("ab".into())), Some(Ok("".into())), Some(Ok("c".into())), None])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "abc");
    }

    #[test]
    fn a_body_that_is_given_up_is_an_error_and_no_end() {
        let cut = incoming(vec![Some(Ok("ab".into()))]).read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        let failed = Some(Err(io::Error::other("reset")));
        assert!(incoming(vec![Some(Ok("ab".into())), failed]).read_to_end(&mut Vec::new()).is_err());
    }

    #[test]
    fn what_is_written_comes_out_in_order_and_a_failure_is_told() {
        let (mut writer, mut chunks) = outgoing();
        writer.write_all(b"abc").unwrap();
        writer.flush().unwrap();
        writer.fail(io::Error::other("no more"));
        assert_eq!(chunks.blocking_recv().unwrap().unwrap(), "abc");
        assert!(chunks.blocking_recv().unwrap().is_err());
        assert!(chunks.blocking_recv().is_none());
    }

    #[test]
    fn a_small_body_has_a_limit() {
        let body = |size| stream::iter([Ok(Bytes::from(vec![0; size]))]);
        let read = |size| actix_web::rt::System::new().block_on(whole(body(size), 10));
        assert_eq!(read(10).unwrap().len(), 10);
        assert!(matches!(read(11), Err(Error::TooLarge { limit_bytes: 10 })));
    }
}
