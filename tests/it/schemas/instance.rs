//! Builds valid messages from a model: the shortest way to every type, and there the least or the most it may hold.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt::Write,
};

use crate::schemas::model::{Id, Model};

/// Stands for an identifier that the writer makes unique.
pub const NEW_ID: &str = "\u{1}";

/// The identifier of every message, which all references point at.
pub const ROOT_ID: &str = "racine";

/// One element of a message, and the declaration it was made from.
#[derive(Clone, Default)]
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Element>,
    pub text: String,
    pub declaration: Id,
}

/// How much of a content model to fill in.
#[derive(Clone, Copy)]
pub enum Fill {
    /// Only what must be there.
    Least,
    /// What must be there, and the way to this declaration.
    Toward(Id),
    /// All that may be there; the number decides between branches.
    Most(usize),
}

/// A declaration on the way to a type, and the concrete type its element takes.
pub type Step = (Id, String);

/// The shortest way from a message to every concrete complex type, by the type's name.
pub fn ways(model: &Model) -> BTreeMap<String, Vec<Step>> {
    let mut ways: BTreeMap<String, Vec<Step>> = BTreeMap::new();
    let mut queue: VecDeque<Vec<Step>> = VecDeque::new();
    for root in model.names("element").filter_map(|name| model.global("element", name)) {
        if !model.is_abstract(root) && model.node(root).space.is_empty() {
            queue.push_back(vec![(root, model.type_of(root))]);
        }
    }
    while let Some(way) = queue.pop_front() {
        let kind = way[way.len() - 1].1.clone();
        if ways.contains_key(&kind) {
            continue;
        }
        for declaration in model.particles(&kind).into_iter().flat_map(|particle| model.elements(particle)) {
            for next in concrete(model, &model.type_of(declaration)) {
                if !model.is_abstract(declaration)
                    && model.global("type", &next).is_some_and(|id| model.node(id).tag == "complexType")
                {
                    queue.push_back([way.as_slice(), &[(declaration, next)]].concat());
                }
            }
        }
        ways.insert(kind, way);
    }
    ways
}

/// The type itself, or those derived from it where it is abstract.
fn concrete(model: &Model, name: &str) -> Vec<String> {
    let is_concrete = |name: &str| model.global("type", name).is_some_and(|id| !model.is_abstract(id));
    if is_concrete(name) {
        return vec![name.to_owned()];
    }
    model.derived(name).into_iter().filter(|derived| is_concrete(derived)).map(str::to_owned).collect()
}

/// An element for `declaration`, of the type `kind`, filled with `fill`.
pub fn element(model: &Model, declaration: Id, kind: &str, fill: Fill) -> Element {
    let mut made = Element { name: model.name(declaration).to_owned(), declaration, ..Element::default() };
    if model.type_of(declaration) != kind {
        made.attributes.push(("xsi:type".to_owned(), kind.to_owned()));
    }
    for attribute in model.attributes(kind) {
        if model.attribute(attribute, "use") == Some("required") || matches!(fill, Fill::Most(_)) {
            let fixed = model.attribute(attribute, "fixed").map(str::to_owned);
            let value = fixed.unwrap_or_else(|| sample(model, &model.type_of(attribute)));
            made.attributes.push((model.name(attribute).to_owned(), value));
        }
    }
    if model.is_simple(kind) {
        made.text = sample(model, kind);
    }
    for particle in model.particles(kind) {
        expand(model, particle, fill, &mut made.children);
    }
    made
}

fn expand(model: &Model, particle: Id, fill: Fill, out: &mut Vec<Element>) {
    let node = model.node(particle);
    let optional = model.attribute(particle, "minOccurs") == Some("0");
    let wanted = match fill {
        Fill::Least => !optional,
        Fill::Toward(target) => !optional || model.elements(particle).contains(&target),
        Fill::Most(_) => true,
    };
    if !wanted {
        return;
    }
    match node.tag.as_str() {
        "element" if !model.is_abstract(particle) => {
            let kind = model.type_of(particle);
            let kind = if model.is_simple(&kind) { kind } else { concrete(model, &kind)[0].clone() };
            out.push(element(model, particle, &kind, Fill::Least));
        }
        "group" => expand(model, model.group(particle), fill, out),
        "sequence" | "all" => node.children.iter().for_each(|child| expand(model, *child, fill, out)),
        "choice" => branches(model, particle, fill).into_iter().for_each(|child| expand(model, child, fill, out)),
        _ => {}
    }
}

/// Which branches of a choice to take: all at once where it repeats.
fn branches(model: &Model, choice: Id, fill: Fill) -> Vec<Id> {
    let all: Vec<Id> =
        model.node(choice).children.iter().copied().filter(|branch| !model.is_abstract(*branch)).collect();
    let repeats = model.attribute(choice, "maxOccurs") == Some("unbounded");
    match fill {
        _ if all.is_empty() => all,
        Fill::Most(_) if repeats => all,
        Fill::Most(number) => vec![all[number % all.len()]],
        Fill::Toward(target) => {
            vec![all.iter().copied().find(|branch| model.elements(*branch).contains(&target)).unwrap_or(all[0])]
        }
        Fill::Least => vec![all[0]],
    }
}

/// A value of the simple type `name`, or of a complex type with such content.
pub fn sample(model: &Model, name: &str) -> String {
    if let Some(listed) = model.facets(name).into_iter().find(|facet| model.node(*facet).tag == "enumeration") {
        return model.attribute(listed, "value").unwrap_or_default().to_owned();
    }
    let built_in = model.ancestry(name).pop().unwrap_or_default();
    let value = match built_in.as_str() {
        "xs:ID" | "GroupIdType" => NEW_ID,
        "xs:IDREF" => ROOT_ID,
        "xs:date" | "DateType" => "2024-02-29",
        "xs:dateTime" => "2024-02-29T12:00:00Z",
        "xs:boolean" => "true",
        "xs:int" | "xs:integer" | "xs:positiveInteger" => "7",
        "xs:decimal" => "1.5",
        "xs:language" | "xml:lang" => "fr",
        "xs:base64Binary" | "BinaryType" => "AQID",
        _ => "mot",
    };
    value.to_owned()
}

/// The text before and after the element at the end of `way`, in a message of SEDA `version`; none where it is the message.
pub fn frame(model: &Model, way: &[Step], version: &str) -> (String, String) {
    const HOLE: &str = "\u{2}";
    if way.len() == 1 {
        return (String::new(), String::new());
    }
    let mut inner = Element { text: HOLE.to_owned(), ..Element::default() };
    for (at, (declaration, kind)) in way.iter().enumerate().rev().skip(1) {
        let target = way[at + 1].0;
        let mut outer = element(model, *declaration, kind, Fill::Toward(target));
        let place = outer.children.iter().position(|child| child.declaration == target).unwrap();
        outer.children[place] = inner;
        inner = outer;
    }
    let mut text = String::new();
    write(&inner, "cadre", &mut text);
    let (before, after) = text.split_once(HOLE).unwrap();
    (rooted(before, version), after.to_owned())
}

/// Gives the first start tag of `text` the namespaces, and the identifier of the message.
pub fn rooted(text: &str, version: &str) -> String {
    let namespaces = format!(
        " xmlns=\"fr:gouv:culture:archivesdefrance:seda:v{version}\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:x=\"urn:autre\""
    );
    let identifier = if text.split('>').next().is_some_and(|tag| tag.contains(" xml:id=")) {
        String::new()
    } else {
        format!(" xml:id=\"{ROOT_ID}\"")
    };
    let end = text.find([' ', '>', '/']).unwrap_or(text.len());
    format!("{}{namespaces}{identifier}{}", &text[..end], &text[end..])
}

/// Writes `element`; new identifiers begin with `series`.
pub fn write(element: &Element, series: &str, out: &mut String) {
    if element.name.is_empty() {
        out.push_str(&element.text);
        return;
    }
    let fresh =
        |value: &str, out: &String| if value == NEW_ID { format!("{series}{}", out.len()) } else { value.to_owned() };
    write!(out, "<{}", element.name).unwrap();
    for (name, value) in &element.attributes {
        let value = fresh(value, out);
        write!(out, " {name}=\"{value}\"").unwrap();
    }
    out.push('>');
    let text = fresh(&element.text, out);
    out.push_str(&text);
    element.children.iter().for_each(|child| write(child, series, out));
    write!(out, "</{}>", element.name).unwrap();
}
