//! The units of an archive as a tree: each once, under its first parent, depth first, in pages of bounded length.

use std::collections::HashMap;

use crate::{
    archive::restitute::browse::{page::Page, words},
    domain::{
        id::{GroupId, UnitId},
        unit::Unit,
    },
};

/// Units on one page of the tree.
pub(super) const ROWS: usize = 200;

/// Characters of a title in the tree.
const TITLE_CHARS: usize = 80;

/// The depth past which the tree is no longer indented.
const DEEPEST: usize = 12;

/// An object of a group, as pages show it.
pub(super) struct Item {
    pub(super) version: Option<String>,
    /// Its name, length and digest; a physical one has only a name.
    pub(super) name: String,
    pub(super) bytes: Option<(u64, crate::domain::digest::Digest)>,
    pub(super) format: Option<String>,
    pub(super) mime: Option<String>,
}

/// What stays in memory of an archive's units while its pages are written.
#[derive(Default)]
pub(super) struct Outline {
    nodes: Vec<Node>,
    at: HashMap<UnitId, usize>,
    pub(super) groups: HashMap<GroupId, Vec<Item>>,
}

struct Node {
    id: UnitId,
    title: String,
    parents: Vec<UnitId>,
    children: Vec<usize>,
}

impl Outline {
    /// Takes a unit, in the order in which pages show them.
    pub(super) fn add(&mut self, unit: &Unit) {
        self.at.insert(unit.id, self.nodes.len());
        let (id, parents) = (unit.id, unit.parents.clone());
        self.nodes.push(Node {
            id,
            title: words::cut(&unit.content.title, TITLE_CHARS),
            parents,
            children: Vec::new(),
        });
    }

    /// Notes each unit with its parents, once all were taken.
    pub(super) fn tie(&mut self) {
        for at in 0..self.nodes.len() {
            let parents: Vec<usize> = self
                .nodes
                .get(at)
                .into_iter()
                .flat_map(|node| &node.parents)
                .filter_map(|id| self.at.get(id).copied())
                .collect();
            for parent in parents {
                self.nodes.get_mut(parent).into_iter().for_each(|node| node.children.push(at));
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The title of the first unit.
    pub(super) fn first_title(&self) -> Option<&str> {
        self.nodes.first().map(|node| node.title.as_str())
    }

    /// A unit's place and title.
    pub(super) fn find(&self, id: UnitId) -> Option<(usize, &str)> {
        let at = *self.at.get(&id)?;
        self.nodes.get(at).map(|node| (at, node.title.as_str()))
    }

    /// The units just below one: places, identifiers and titles.
    pub(super) fn below(&self, id: UnitId) -> impl Iterator<Item = (usize, UnitId, &str)> {
        let own = self.at.get(&id).and_then(|at| self.nodes.get(*at));
        own.into_iter()
            .flat_map(|node| &node.children)
            .filter_map(|child| self.nodes.get(*child).map(|node| (*child, node.id, node.title.as_str())))
    }

    /// Every unit once, depth first: place and depth.
    pub(super) fn rows(&self) -> Vec<(usize, usize)> {
        let mut rows = Vec::with_capacity(self.nodes.len());
        let mut seen = vec![false; self.nodes.len()];
        let is_root = |node: &Node| !node.parents.iter().any(|parent| self.at.contains_key(parent));
        let roots = (0..self.nodes.len()).filter(|at| self.nodes.get(*at).is_some_and(is_root));
        // What only a circle holds is shown too.
        for start in roots.chain(0..self.nodes.len()) {
            let mut open = vec![(start, 0)];
            while let Some((at, depth)) = open.pop() {
                if seen.get_mut(at).is_none_or(|seen| std::mem::replace(seen, true)) {
                    continue;
                }
                rows.push((at, depth));
                let children = self.nodes.get(at).map_or(&[][..], |node| node.children.as_slice());
                open.extend(children.iter().rev().map(|child| (*child, depth + 1)));
            }
        }
        rows
    }

    /// One page's share of the tree, as nested lists; `path` gives the page of a unit by its place.
    pub(super) fn write(&self, page: &mut Page, rows: &[(usize, usize)], path: &dyn Fn(usize) -> String) {
        let base = rows.iter().map(|(_, depth)| *depth).min().unwrap_or_default();
        // The depths of the lists that are open; a page may begin in the middle of the tree.
        let mut open: Vec<usize> = Vec::new();
        page.open("ul", &[]);
        for (at, depth) in rows {
            let depth = (depth - base).min(DEEPEST);
            match open.last().copied() {
                Some(last) if depth > last => {
                    page.open("ul", &[]);
                    open.push(depth);
                }
                Some(_) => {
                    page.close("li");
                    while open.iter().rev().nth(1).is_some_and(|outer| *outer >= depth) {
                        page.close("ul");
                        page.close("li");
                        open.pop();
                    }
                    open.last_mut().into_iter().for_each(|last| *last = depth);
                }
                None => open.push(depth),
            }
            page.open("li", &[]);
            if let Some(node) = self.nodes.get(*at) {
                page.link(&format!("{}#u-{}", path(*at), node.id), titled(&node.title));
            }
        }
        for more in (0..open.len()).rev() {
            page.close("li");
            if more > 0 {
                page.close("ul");
            }
        }
        page.close("ul");
    }
}

/// A title to show, also when there is none.
pub(super) fn titled(title: &str) -> &str {
    if title.trim().is_empty() { "(sans titre)" } else { title }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        clock::Timestamp,
        id::Id,
        rule::Management,
        unit::{Content, Unit},
    };

    /// An outline of units whose parents are given by their places.
    fn outline(parents: &[&[usize]]) -> Outline {
        let ids: Vec<UnitId> = parents.iter().map(|_| Id::mint(Timestamp::from_millis(1).unwrap())).collect();
        let mut outline = Outline::default();
        for (at, own) in parents.iter().enumerate() {
            outline.add(&Unit {
                id: ids[at],
                local_id: String::new(),
                parents: own.iter().map(|parent| ids[*parent]).collect(),
                group: None,
                existing_group: None,
                content: Content { title: format!("<{at}>"), ..Content::default() },
                management: Management::default(),
                source: String::new(),
                text: String::new(),
            });
        }
        outline.tie();
        outline
    }

    #[test]
    fn each_unit_stands_once_also_under_two_parents_or_in_a_circle() {
        let rows = outline(&[&[], &[0], &[0], &[1, 2], &[]]).rows();
        assert_eq!(rows, [(0, 0), (1, 1), (3, 2), (2, 1), (4, 0)]);
        assert_eq!(outline(&[&[1], &[0]]).rows(), [(0, 0), (1, 1)]);
    }

    #[test]
    fn every_share_of_the_tree_is_well_formed() {
        let tree = outline(&[&[], &[0], &[1], &[2], &[1], &[0], &[], &[6]]);
        let rows = tree.rows();
        for from in 0..rows.len() {
            for to in from..=rows.len() {
                let bytes = Page::whole("x", "y", 0, |page| tree.write(page, &rows[from..to], &|_| "p".to_owned()));
                let text = String::from_utf8(bytes).unwrap();
                for name in ["ul", "li"] {
                    let (opened, closed) = (format!("<{name}>"), format!("</{name}>"));
                    assert_eq!(text.matches(&opened).count(), text.matches(&closed).count(), "{from}..{to}: {text}");
                }
                let mut depth = 0_i32;
                for tag in text.split('<').filter(|tag| tag.starts_with("ul>") || tag.starts_with("/ul>")) {
                    depth += if tag.starts_with('/') { -1 } else { 1 };
                    assert!(depth >= 0, "{text}");
                }
            }
        }
    }
}
