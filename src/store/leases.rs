//! Leases: what one node at a time does for all (sealing, the log). They run out by themselves.

use diesel::prelude::*;

use crate::{
    domain::clock::Timestamp,
    store::{Store, batch, error::Error, schema::leases},
};

impl Store {
    /// Takes or renews a lease until `until`; `false` when another holds it at `now`.
    pub fn take_lease(&self, name: &str, holder: &str, now: Timestamp, until: Timestamp) -> Result<bool, Error> {
        self.act(|database| {
            let mine_or_over =
                leases::table.find(name).filter(leases::holder.eq(holder).or(leases::until.le(now.millis())));
            let taken = diesel::update(mine_or_over)
                .set((leases::holder.eq(holder), leases::until.eq(until.millis())))
                .execute(database)?;
            Ok(taken == 1 || batch::insert_lease(database, name, holder, until.millis())? == 1)
        })
    }

    /// Gives a lease back, if `holder` has it.
    pub fn drop_lease(&self, name: &str, holder: &str) -> Result<(), Error> {
        self.act(|database| {
            diesel::delete(leases::table.find(name).filter(leases::holder.eq(holder))).execute(database)?;
            Ok(())
        })
    }

    /// Gives back every lease of the holders whose names begin with `prefix`, which has no `%`, `_` or `\`; how many.
    pub fn drop_leases_of(&self, prefix: &str) -> Result<usize, Error> {
        self.act(|database| {
            let theirs = leases::table.filter(leases::holder.like(format!("{prefix}%")));
            Ok(diesel::delete(theirs).execute(database)?)
        })
    }
}
