//! Draws laid-out pages as PDF/A-3a and PDF/UA-1 with krilla. It places nothing but the running heads and feet.

use std::num::NonZeroU16;

use krilla::{
    Document as Pdf, SerializeSettings,
    color::rgb,
    configure::{Accessibility, Archival, Configuration, ConfigurationBuilder},
    destination::XyzDestination,
    error::KrillaError,
    geom::{PathBuilder, Point, Rect},
    num::NormalizedF32,
    outline::{Outline, OutlineNode},
    page::PageSettings,
    paint::{Fill, FillRule},
    surface::Surface,
    tagging::{
        Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag, TagGroup,
        TagKind, TagTree,
    },
    text::{Font, GlyphId, KrillaGlyph},
};

use crate::pdf::{
    Error,
    document::{Document, Tone},
    layout::{Ink, LEFT, Laid, MARGINAL, NodeId, PAGE, Piece, Role, Run, WIDTH},
    lines, properties,
    typeface::{Face, Faces},
};

/// Where the running head stands, and the running foot: from the top of the page, in points.
const HEAD_AT: f32 = 42.0;
const FOOT_AT: f32 = PAGE.1 - 40.0;

/// Draws the pages; equal input gives equal bytes.
pub fn paint(document: &Document, laid: &Laid, faces: &Faces) -> Result<Vec<u8>, Error> {
    let settings = SerializeSettings { configuration: archival()?, ..SerializeSettings::default() };
    let mut pdf = Pdf::new_with(settings);
    let brush = Brush { faces, fonts: Fonts::load()? };
    let mut leaves = vec![Vec::new(); laid.tree.len()];
    for at in 0..laid.sheets.len() {
        brush.page(&mut pdf, document, laid, at, &mut leaves)?;
    }
    pdf.set_metadata(properties::metadata(document));
    pdf.set_tag_tree(tree(document, laid, &leaves));
    pdf.set_outline(outline(laid));
    for attachment in &document.attachments {
        let file = properties::embedded(attachment, document.made_at)?;
        pdf.embed_file(file).ok_or_else(|| Error::SameName(attachment.name.clone()))?;
    }
    pdf.finish().map_err(|error| refused(&error))
}

fn archival() -> Result<Configuration, Error> {
    ConfigurationBuilder::new()
        .with_archival_validator(Archival::A3_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| Error::NotArchival(format!("{error:?}")))
}

fn refused(error: &KrillaError) -> Error {
    match error {
        KrillaError::Validation(broken) => {
            Error::NotArchival(format!("{:?}", broken.iter().map(|(rule, _)| rule).collect::<Vec<_>>()))
        }
        other => Error::NotArchival(other.to_string()),
    }
}

struct Fonts {
    text: Font,
    strong: Font,
    fixed: Font,
}

impl Fonts {
    fn load() -> Result<Self, Error> {
        let font = |face: Face| Font::new(face.bytes().into(), 0).ok_or(Error::Typeface);
        Ok(Self { text: font(Face::Text)?, strong: font(Face::Strong)?, fixed: font(Face::Fixed)? })
    }

    fn of(&self, face: Face) -> Font {
        match face {
            Face::Text => self.text.clone(),
            Face::Strong => self.strong.clone(),
            Face::Fixed => self.fixed.clone(),
        }
    }
}

struct Brush<'a> {
    faces: &'a Faces,
    fonts: Fonts,
}

impl Brush<'_> {
    fn page(
        &self,
        pdf: &mut Pdf,
        document: &Document,
        laid: &Laid,
        at: usize,
        leaves: &mut [Vec<Identifier>],
    ) -> Result<(), Error> {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1);
        let mut page = pdf.start_page_with(settings.ok_or_else(|| Error::NotArchival("page size".to_owned()))?);
        let mut surface = page.surface();
        self.margins(&mut surface, document, at, laid.sheets.len());
        let mut open: Option<Option<NodeId>> = None;
        for piece in laid.sheets.get(at).map(|sheet| sheet.pieces.as_slice()).unwrap_or_default() {
            let owner = match piece {
                Piece::Text(run) => run.owner,
                Piece::Fill { .. } => None,
            };
            if open != Some(owner) {
                if open.is_some() {
                    surface.end_tagged();
                }
                start(&mut surface, owner, leaves);
                open = Some(owner);
            }
            self.piece(&mut surface, piece);
        }
        if open.is_some() {
            surface.end_tagged();
        }
        Ok(())
    }

    fn piece(&self, surface: &mut Surface, piece: &Piece) {
        match piece {
            Piece::Text(run) => self.text(surface, run),
            Piece::Fill { x, y, width, height, ink } => {
                let mut path = PathBuilder::new();
                if let Some(rectangle) = Rect::from_xywh(*x, *y, *width, *height) {
                    path.push_rect(rectangle);
                }
                surface.set_fill(Some(fill(*ink)));
                if let Some(path) = path.finish() {
                    surface.draw_path(&path);
                }
            }
        }
    }

    fn text(&self, surface: &mut Surface, run: &Run) {
        let Run { x, y, style, text, .. } = run;
        let glyphs: Vec<KrillaGlyph> = text
            .char_indices()
            .filter_map(|(at, letter)| {
                let glyph = GlyphId::new(self.faces.glyph(style.face, letter)?.to_u32());
                let advance = self.faces.advance(style.face, letter);
                Some(KrillaGlyph::new(glyph, advance, 0.0, 0.0, 0.0, at..at + letter.len_utf8(), None))
            })
            .collect();
        surface.set_fill(Some(fill(style.ink)));
        surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, self.fonts.of(style.face), text, style.size, false);
    }

    /// The running head, from the second page on, and the running foot.
    fn margins(&self, surface: &mut Surface, document: &Document, at: usize, pages: usize) {
        if at > 0 {
            artifact(surface, ArtifactType::Header);
            self.marginal(surface, HEAD_AT, &document.kind, &document.reference);
            self.rule(surface, HEAD_AT + 6.0);
            surface.end_tagged();
        }
        let made = format!("{} — établi le {}", document.issuer, properties::in_french(document.made_at));
        artifact(surface, ArtifactType::Footer);
        self.rule(surface, FOOT_AT - 13.0);
        self.marginal(surface, FOOT_AT, &made, &format!("page {} sur {pages}", at + 1));
        surface.end_tagged();
    }

    fn rule(&self, surface: &mut Surface, y: f32) {
        self.piece(surface, &Piece::Fill { x: LEFT, y, width: WIDTH, height: 0.5, ink: Ink::Hairline });
    }

    /// A text at the left and one at the right; the left one gives way.
    fn marginal(&self, surface: &mut Surface, y: f32, left: &str, right: &str) {
        let line = |text: &str, room: f32| {
            let text = self.faces.drawable(MARGINAL.face, text);
            let mut lines = lines::cut(self.faces, MARGINAL.face, MARGINAL.size, room, &text).into_iter();
            let first = lines.next().unwrap_or_default();
            if lines.next().is_some() { format!("{}…", first.trim_end()) } else { first }
        };
        let right = line(right, WIDTH / 2.0);
        let taken = self.faces.width(MARGINAL.face, MARGINAL.size, &right);
        let left = line(left, WIDTH - taken - 24.0);
        for (x, text) in [(LEFT, left), (LEFT + WIDTH - taken, right)] {
            self.text(surface, &Run { x, y, style: MARGINAL, text, owner: None });
        }
    }
}

fn start(surface: &mut Surface, owner: Option<NodeId>, leaves: &mut [Vec<Identifier>]) {
    match owner {
        None => artifact(surface, ArtifactType::Layout),
        Some(NodeId(at)) => {
            let leaf = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
            leaves.get_mut(at).into_iter().for_each(|leaves| leaves.push(leaf));
        }
    }
}

fn artifact(surface: &mut Surface, kind: ArtifactType) {
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(kind)));
}

fn fill(ink: Ink) -> Fill {
    let (red, green, blue) = match ink {
        Ink::Body => (0x1b, 0x1f, 0x27),
        Ink::Muted => (0x5a, 0x63, 0x70),
        Ink::Accent | Ink::Bar(Tone::Plain) => (0x1d, 0x3f, 0x6e),
        Ink::Hairline => (0xd5, 0xda, 0xe1),
        Ink::Wash => (0xf0, 0xf3, 0xf7),
        Ink::Bar(Tone::Good) => (0x1f, 0x7a, 0x4d),
        Ink::Bar(Tone::Warning) => (0xb7, 0x79, 0x1f),
        Ink::Bar(Tone::Bad) => (0xb3, 0x26, 0x1e),
        Ink::Ground(Tone::Plain) => (0xee, 0xf3, 0xfa),
        Ink::Ground(Tone::Good) => (0xea, 0xf6, 0xef),
        Ink::Ground(Tone::Warning) => (0xfd, 0xf5, 0xe4),
        Ink::Ground(Tone::Bad) => (0xfd, 0xee, 0xed),
    };
    Fill { paint: rgb::Color::new(red, green, blue).into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}

fn tree(document: &Document, laid: &Laid, leaves: &[Vec<Identifier>]) -> TagTree {
    let mut children = vec![Vec::new(); laid.tree.len()];
    let mut top = Vec::new();
    for (at, node) in laid.tree.iter().enumerate() {
        match node.parent.and_then(|NodeId(parent)| children.get_mut(parent)) {
            Some(siblings) => siblings.push(at),
            None => top.push(at),
        }
    }
    let mut tree = TagTree::new().with_lang(Some(document.language.clone()));
    for group in top.into_iter().filter_map(|at| group(at, laid, leaves, &children)) {
        tree.push(group);
    }
    tree
}

/// An element with all that it holds; the structure is at most six deep.
fn group(at: usize, laid: &Laid, leaves: &[Vec<Identifier>], children: &[Vec<usize>]) -> Option<TagGroup> {
    let mut group = TagGroup::new(tag(&laid.tree.get(at)?.role));
    for leaf in leaves.get(at)? {
        group.push(*leaf);
    }
    for child in children.get(at)?.iter().filter_map(|child| self::group(*child, laid, leaves, children)) {
        group.push(child);
    }
    Some(group)
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Heading(level, words) => {
            Tag::Hn(NonZeroU16::new(*level).unwrap_or(NonZeroU16::MIN), Some(words.clone())).into()
        }
        Role::Section => Tag::Section.into(),
        Role::Division => Tag::Div.into(),
        Role::Paragraph => Tag::P.into(),
        Role::Code => Tag::Code.into(),
        Role::List { numbered: true } => Tag::L(ListNumbering::Decimal).into(),
        Role::List { numbered: false } => Tag::L(ListNumbering::None).into(),
        Role::Item => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Head => Tag::THead.into(),
        Role::Rows => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::ColumnTitle => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
    }
}

fn outline(laid: &Laid) -> Outline {
    let mut outline = Outline::new();
    for mark in &laid.outline {
        let place = XyzDestination::new(mark.page, Point::from_xy(LEFT, mark.y));
        outline.push_child(OutlineNode::new(mark.title.clone(), place));
    }
    outline
}
