//! Our schemas against the official ones and against the transfers of others; how documents are made is in `schemas/`.

mod compare;
mod dialect;
mod engine;
mod instance;
mod model;
mod mutate;
mod sets;
mod transfers;
