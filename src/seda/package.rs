//! The order in which a `DataObjectPackage` is written: groups with their objects, then units.

use std::io::{self, Write};

use crate::{domain::id::GroupId, xml::writer::Writer};

/// A `DataObjectPackage` while it is written.
pub(crate) struct Package<'w, W> {
    pub(crate) writer: &'w mut Writer<W>,
    /// The `DataObjectGroup` that stands open, and what closes it (`LogBook`).
    group: Option<(GroupId, Option<String>)>,
    in_units: bool,
}

impl<'w, W: Write> Package<'w, W> {
    pub(crate) fn begin(writer: &'w mut Writer<W>) -> io::Result<Self> {
        writer.open("DataObjectPackage")?;
        Ok(Self { writer, group: None, in_units: false })
    }

    /// Opens a `DataObjectGroup`; the objects that follow and belong to it stand in it.
    pub(crate) fn group(&mut self, id: GroupId, xml_id: &str, log: Option<String>) -> io::Result<()> {
        self.before_objects()?;
        self.close_group()?;
        self.writer.open("DataObjectGroup")?;
        self.writer.attribute("id", xml_id)?;
        self.group = Some((id, log));
        Ok(())
    }

    /// Makes ready for an object of `group`; says whether it stands within its group.
    pub(crate) fn object(&mut self, group: GroupId) -> io::Result<bool> {
        self.before_objects()?;
        if self.group.as_ref().is_some_and(|(open, _)| *open == group) {
            return Ok(true);
        }
        self.close_group()?;
        Ok(false)
    }

    /// Makes ready for a unit.
    pub(crate) fn unit(&mut self) -> io::Result<()> {
        if !self.in_units {
            self.close_group()?;
            self.writer.open("DescriptiveMetadata")?;
            self.in_units = true;
        }
        Ok(())
    }

    /// Ends with `ManagementMetadata`, given as markup.
    pub(crate) fn finish(mut self, management: &str) -> io::Result<()> {
        self.unit()?;
        self.writer.close()?;
        self.writer.raw(management)?;
        self.writer.close()
    }

    fn before_objects(&self) -> io::Result<()> {
        if self.in_units {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "groups and objects are written before units"));
        }
        Ok(())
    }

    fn close_group(&mut self) -> io::Result<()> {
        let Some((_, log)) = self.group.take() else { return Ok(()) };
        if let Some(log) = log {
            self.writer.raw(&log)?;
        }
        self.writer.close()
    }
}
