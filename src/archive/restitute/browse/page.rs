//! A page of HTML: elements that close themselves, and no way to write a text or a value that is not escaped.

use crate::xml::escape;

/// A page being written.
pub(super) struct Page {
    out: String,
    /// The way from the page up to the restitution's root: as many `../` as it stands deep.
    up: String,
}

/// Attributes of an element.
type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Page {
    /// A whole page of a title, `depth` folders below the root.
    pub(super) fn whole(title: &str, service: &str, depth: usize, main: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut page = Self { out: "<!DOCTYPE html>\n".to_owned(), up: "../".repeat(depth) };
        page.tag("html", &[("lang", "fr")], |page| {
            page.tag("head", &[], |page| page.head(title, service));
            page.tag("body", &[], |page| {
                page.tag("a", &[("class", "saut"), ("href", "#contenu")], |page| page.text("Aller au contenu"));
                page.tag("header", &[], |page| page.banner(service));
                page.tag("main", &[("id", "contenu")], |page| {
                    page.tag("h1", &[], |page| page.text(title));
                    main(page);
                });
                page.tag("footer", &[], |page| {
                    page.paragraph("Parcours statique d’une restitution de Cartulaire. Il aide à lire ; ce qui prouve est dans ocfl/, journal/, log/ et kit/.");
                });
            });
        });
        page.out.push('\n');
        page.out.into_bytes()
    }

    fn head(&mut self, title: &str, service: &str) {
        self.void("meta", &[("charset", "utf-8")]);
        self.void("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
        self.tag("title", &[], |page| page.text(&format!("{title} — {service}")));
        let style = self.at("navigation/style.css");
        self.void("link", &[("rel", "stylesheet"), ("href", &style)]);
    }

    fn banner(&mut self, service: &str) {
        self.tag("p", &[("class", "service")], |page| page.text(service));
        self.tag("nav", &[("aria-label", "Restitution")], |page| {
            page.tag("ul", &[], |page| {
                for (path, words) in [
                    ("index.html", "Accueil"),
                    ("navigation/par-date/1.html", "Archives par date"),
                    ("navigation/par-titre/1.html", "Archives par titre"),
                    ("navigation/journal/1.html", "Journal"),
                ] {
                    page.tag("li", &[], |page| page.link(path, words));
                }
            });
        });
    }

    /// The reference from this page to a path below the root.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.up)
    }

    /// An element, and what it holds.
    pub(super) fn tag(&mut self, name: &'static str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        inside(self);
        self.close(name);
    }

    /// Opens an element that is closed later.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.out.push('<');
        self.out.push_str(name);
        for (key, value) in attributes {
            self.out.push(' ');
            self.out.push_str(key);
            self.out.push_str("=\"");
            self.out.push_str(&escape::attribute(value));
            self.out.push('"');
        }
        self.out.push('>');
    }

    /// Closes an element.
    pub(super) fn close(&mut self, name: &'static str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push_str(if is_block(name) { ">\n" } else { ">" });
    }

    /// An element that holds nothing.
    fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.out.push('\n');
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        self.out.push_str(&escape::text(text));
    }

    /// A paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        self.tag("p", &[], |page| page.text(text));
    }

    /// A link to a path below the root.
    pub(super) fn link(&mut self, path: &str, words: &str) {
        let href = self.at(path);
        self.tag("a", &[("href", &href)], |page| page.text(words));
    }

    /// A link to a file to be saved under a name.
    pub(super) fn file(&mut self, path: &str, name: &str, mime: Option<&str>) {
        let href = self.at(path);
        let mut attributes = vec![("href", href.as_str()), ("download", name)];
        attributes.extend(mime.map(|mime| ("type", mime)));
        self.tag("a", &attributes, |page| page.text(name));
    }

    /// A list of words and what they stand for; those that stand for nothing are left out.
    pub(super) fn facts<'t>(&mut self, facts: impl IntoIterator<Item = (&'t str, Option<String>)>) {
        self.tag("dl", &[], |page| {
            for (word, value) in facts {
                let Some(value) = value.filter(|value| !value.trim().is_empty()) else { continue };
                page.tag("dt", &[], |page| page.text(word));
                page.tag("dd", &[], |page| page.text(&value));
            }
        });
    }

    /// A table with its caption and its heads.
    pub(super) fn table(&mut self, caption: &str, heads: &[&str], rows: impl FnOnce(&mut Self)) {
        self.tag("table", &[], |page| {
            page.tag("caption", &[], |page| page.text(caption));
            page.tag("thead", &[], |page| {
                page.tag("tr", &[], |page| {
                    for head in heads {
                        page.tag("th", &[("scope", "col")], |page| page.text(head));
                    }
                });
            });
            page.tag("tbody", &[], rows);
        });
    }

    /// A cell of text.
    pub(super) fn cell(&mut self, text: &str) {
        self.tag("td", &[], |page| page.text(text));
    }

    /// Links between the pages of a list.
    pub(super) fn pages(&mut self, this: usize, last: usize, path: impl Fn(usize) -> String) {
        if last < 2 {
            return;
        }
        let words = format!("Pages (ici {this} sur {last})");
        self.tag("nav", &[("class", "pages"), ("aria-label", &words)], |page| {
            page.tag("ul", &[], |page| {
                let around = [1, this.saturating_sub(1), this, this + 1, last];
                let mut shown: Vec<usize> = around.into_iter().filter(|at| (1..=last).contains(at)).collect();
                shown.dedup();
                for at in shown {
                    page.tag("li", &[], |page| match at {
                        at if at == this => {
                            page.tag("span", &[("aria-current", "page")], |page| page.text(&format!("Page {at}")));
                        }
                        at => page.link(&path(at), &format!("Page {at}")),
                    });
                }
            });
        });
    }
}

/// Whether a line ends after an element: what people read in the source, never what they see.
fn is_block(name: &str) -> bool {
    !matches!(name, "a" | "span" | "dt" | "strong" | "code" | "time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_by_guests_never_becomes_markup() {
        let evil = "</title><script>alert(1)</script>\" onload='x' & <b>";
        let bytes = Page::whole(evil, evil, 2, |page| {
            page.paragraph(evil);
            page.file("ocfl/x", evil, Some(evil));
            page.facts([(evil, Some(evil.to_owned()))]);
            page.table(evil, &[evil], |page| page.tag("tr", &[], |page| page.cell(evil)));
        });
        let text = String::from_utf8(bytes).unwrap();
        assert!(!text.contains("<script") && !text.contains("<b>"), "{text}");
        assert!(
            text.contains("download=\"&lt;/title>&lt;script>alert(1)&lt;/script>&quot; onload='x' &amp; &lt;b>\""),
            "{text}"
        );
        assert!(text.contains("href=\"../../ocfl/x\""));
    }

    #[test]
    fn a_list_of_one_page_has_no_links_and_a_long_one_links_its_ends_and_neighbours() {
        let links = |this, last| {
            let mut page = Page { out: String::new(), up: String::new() };
            page.pages(this, last, |at| format!("{at}.html"));
            page.out.matches("href").count()
        };
        assert_eq!([links(1, 1), links(1, 2), links(5, 9), links(9, 9)], [0, 1, 4, 2]);
    }
}
