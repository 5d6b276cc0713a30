//! Everything that should have a copy on a volume: what any volume holds, and what the catalog knows, in one order.

use std::{iter::Peekable, path::PathBuf};

use crate::{
    archive::{Archive, error::Error},
    domain::{id::ArchiveId, tenant::TenantId},
    store::Store,
    vault::{self, layout::OcflId},
};

/// Archives of the catalog read at once.
const ARCHIVES_AT_ONCE: u32 = 1_000;

/// One thing that is listed.
pub(super) enum Listed {
    /// An object that should stand on the volume.
    Object(OcflId),
    /// Something on the volume that cannot be taken for an object, or cannot be listed: what is wrong.
    Stray(vault::error::Error),
}

type Stream<'a> = Peekable<Box<dyn Iterator<Item = Result<(PathBuf, Listed), Error>> + 'a>>;

/// Objects in the order of their places, each once.
pub(super) struct Listing<'a> {
    streams: Vec<Stream<'a>>,
}

impl Archive {
    /// What should stand on a volume past an object, of one tenant or of all owners.
    pub(super) fn listing<'a>(
        &'a self,
        volume: usize,
        tenant: Option<&TenantId>,
        after: Option<&OcflId>,
    ) -> Result<Listing<'a>, Error> {
        let mut streams: Vec<Stream<'a>> = Vec::new();
        for at in self.vault.reachable() {
            let objects = match tenant {
                Some(tenant) => self.vault.list_objects_of(at, tenant)?,
                None => self.vault.list_objects_after(at, after)?,
            };
            let past = after.map(OcflId::path);
            let listed = objects.filter_map(move |object| match object {
                Ok(object) => {
                    let path = object.path();
                    let is_past = past.as_ref().is_some_and(|past| path <= *past);
                    (!is_past).then_some(Ok((path, Listed::Object(object))))
                }
                // Each volume's own pass tells what is wrong with its folders.
                Err(error) => (at == volume).then(|| Ok((PathBuf::new(), Listed::Stray(error)))),
            });
            let listed: Box<dyn Iterator<Item = _> + 'a> = Box::new(listed);
            streams.push(listed.peekable());
        }
        let catalog: Box<dyn Iterator<Item = _> + 'a> = Box::new(Catalog::new(&self.store, tenant, after)?);
        streams.push(catalog.peekable());
        Ok(Listing { streams })
    }
}

impl Iterator for Listing<'_> {
    type Item = Result<Listed, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut first: Option<PathBuf> = None;
        for stream in &mut self.streams {
            match stream.peek() {
                Some(Ok((path, _))) if first.as_ref().is_none_or(|first| path < first) => first = Some(path.clone()),
                Some(Err(_)) => return stream.next().map(|failed| failed.map(|(_, listed)| listed)),
                _ => {}
            }
        }
        let first = first?;
        let mut given = None;
        for stream in &mut self.streams {
            if given.is_some() && first.as_os_str().is_empty() {
                break;
            }
            if let Some(same) = stream.next_if(|next| next.as_ref().is_ok_and(|(path, _)| *path == first)) {
                given = Some(same.map(|(_, listed)| listed));
            }
        }
        given
    }
}

/// The archives of the catalog, tenant by tenant.
struct Catalog<'a> {
    store: &'a Store,
    tenants: std::vec::IntoIter<TenantId>,
    current: Option<(TenantId, Option<ArchiveId>)>,
    page: std::vec::IntoIter<(ArchiveId, u32)>,
}

impl<'a> Catalog<'a> {
    fn new(store: &'a Store, only: Option<&TenantId>, after: Option<&OcflId>) -> Result<Self, Error> {
        let mut tenants: Vec<TenantId> = match only {
            Some(only) => vec![only.clone()],
            None => store.tenants()?.into_iter().map(|tenant| tenant.id).collect(),
        };
        let mut current = None;
        if let Some(tenant) = after.and_then(OcflId::tenant) {
            tenants.retain(|one| one > tenant);
            // A record stands past all of its tenant's archives.
            if let Some(OcflId::Archive { archive, .. }) = after {
                current = Some((tenant.clone(), Some(*archive)));
            }
        }
        Ok(Self { store, tenants: tenants.into_iter(), current, page: Vec::new().into_iter() })
    }
}

impl Iterator for Catalog<'_> {
    type Item = Result<(PathBuf, Listed), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some((tenant, after)) = &mut self.current {
                if let Some((archive, generation)) = self.page.next() {
                    *after = Some(archive);
                    let object = OcflId::Archive { tenant: tenant.clone(), archive, generation };
                    return Some(Ok((object.path(), Listed::Object(object))));
                }
                match self.store.holdings(tenant).archives_by_id(*after, ARCHIVES_AT_ONCE) {
                    Ok(page) if page.is_empty() => self.current = None,
                    Ok(page) => self.page = page.into_iter(),
                    Err(error) => {
                        self.current = None;
                        return Some(Err(error.into()));
                    }
                }
            } else {
                self.current = Some((self.tenants.next()?, None));
            }
        }
    }
}
