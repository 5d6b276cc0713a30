//! The column of text that runs from page to page: where the next line goes, what stands where, and to which element of
//! the structure it belongs. What a table or a notice looks like is told by those who write in it.

use crate::pdf::{
    Error,
    layout::{BOTTOM, Ink, LEFT, Laid, Limits, Mark, Node, NodeId, Piece, Role, Run, Sheet, Style, TOP, WIDTH},
    lines,
    typeface::Faces,
};

/// The column, and the page that is being written.
pub struct Column<'a> {
    faces: &'a Faces,
    limits: Limits,
    laid: Laid,
    sheet: Sheet,
    y: f32,
}

/// A line with its style and the element that it belongs to.
pub struct Line {
    pub style: Style,
    pub text: String,
    pub owner: NodeId,
}

/// A frame around lines: its ground, and a bar at its left.
pub struct Frame {
    pub wash: Ink,
    pub bar: Option<Ink>,
    pub padding: f32,
}

impl<'a> Column<'a> {
    pub fn new(faces: &'a Faces, limits: Limits) -> Self {
        Self { faces, limits, laid: Laid::default(), sheet: Sheet::default(), y: TOP }
    }

    /// Ends the last page.
    pub fn finish(mut self) -> Laid {
        self.laid.sheets.push(self.sheet);
        self.laid
    }

    /// How much is left of the page, in points.
    pub fn room(&self) -> f32 {
        BOTTOM - self.y
    }

    /// Goes down, unless the page has just begun.
    pub fn skip(&mut self, height: f32) {
        if self.y > TOP {
            self.y += height;
        }
    }

    /// Goes down always.
    pub fn advance(&mut self, height: f32) {
        self.y += height;
    }

    /// Turns the page when less than `height` is left of it.
    pub fn need(&mut self, height: f32) -> Result<(), Error> {
        if self.room() < height && self.y > TOP { self.turn() } else { Ok(()) }
    }

    /// Begins the next page.
    pub fn turn(&mut self) -> Result<(), Error> {
        self.laid.sheets.push(std::mem::take(&mut self.sheet));
        self.y = TOP;
        let pages = self.limits.pages;
        if self.laid.sheets.len() < pages { Ok(()) } else { Err(Error::TooLong { pages }) }
    }

    /// A new element of the structure.
    pub fn node(&mut self, role: Role, parent: Option<NodeId>) -> NodeId {
        self.laid.tree.push(Node { role, parent });
        NodeId(self.laid.tree.len() - 1)
    }

    /// Notes where a section begins, for the outline.
    pub fn mark(&mut self, title: &str) {
        self.laid.outline.push(Mark { title: title.to_owned(), page: self.laid.sheets.len(), y: self.y });
    }

    /// Cuts a text, made drawable, into lines.
    pub fn cut(&self, style: Style, width: f32, text: &str) -> Vec<String> {
        lines::cut(self.faces, style.face, style.size, width, &self.faces.drawable(style.face, text))
    }

    /// Puts a line at `x`, `down` points under the pen; the pen stays. Without an owner it is an ornament.
    pub fn put(&mut self, x: f32, down: f32, style: Style, text: String, owner: Option<NodeId>) {
        let y = self.y + down + style.baseline();
        self.sheet.pieces.push(Piece::Text(Run { x, y, style, text, owner }));
    }

    /// Fills a rectangle whose top is `down` points under the pen.
    pub fn fill(&mut self, x: f32, down: f32, width: f32, height: f32, ink: Ink) {
        self.sheet.pieces.push(Piece::Fill { x, y: self.y + down, width, height, ink });
    }

    /// Writes a text over the whole width, its first two lines together.
    pub fn flow(&mut self, style: Style, text: &str, owner: NodeId) -> Result<(), Error> {
        let lines = self.cut(style, WIDTH, text);
        let kept = if lines.len() > 3 { 2.0 } else { length(lines.len()) };
        self.need(kept * style.leading)?;
        for line in lines {
            self.need(style.leading)?;
            self.put(LEFT, 0.0, style, line, Some(owner));
            self.advance(style.leading);
        }
        Ok(())
    }

    /// Writes lines in a frame, on one page when they fit on one.
    pub fn framed(&mut self, frame: &Frame, lines: Vec<Line>) -> Result<(), Error> {
        let around = 2.0 * frame.padding;
        let whole = around + lines.iter().map(|line| line.style.leading).sum::<f32>();
        self.need(if whole <= BOTTOM - TOP { whole } else { around + 60.0 })?;
        let mut rest = lines.into_iter().peekable();
        while rest.peek().is_some() {
            let mut height = around;
            let mut here = Vec::new();
            while let Some(line) = rest.next_if(|line| here.is_empty() || height + line.style.leading <= self.room()) {
                height += line.style.leading;
                here.push(line);
            }
            self.frame(frame, height, here);
            if rest.peek().is_some() {
                self.turn()?;
            }
        }
        Ok(())
    }

    fn frame(&mut self, frame: &Frame, height: f32, lines: Vec<Line>) {
        self.fill(LEFT, 0.0, WIDTH, height, frame.wash);
        if let Some(bar) = frame.bar {
            self.fill(LEFT, 0.0, 3.5, height, bar);
        }
        let mut down = frame.padding;
        for line in lines {
            self.put(LEFT + frame.padding + 3.5, down, line.style, line.text, Some(line.owner));
            down += line.style.leading;
        }
        self.advance(height);
    }
}

/// A number of lines as a length.
pub fn length(lines: usize) -> f32 {
    u16::try_from(lines).map_or(f32::INFINITY, f32::from)
}
