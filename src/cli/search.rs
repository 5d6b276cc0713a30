//! `search`: the units that hold every criterion given, newest deposit first; none given means all.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{
    cli::{
        Common, Status,
        house::House,
        output::{Output, Paint},
        progress::Progress,
        render,
    },
    domain::{
        communication::Access,
        id::{ArchiveId, UnitId},
        mandate::Read,
        rule::Category,
        search::{Criteria, Due, Hit},
    },
};

/// Units asked for at once.
const PAGE: u32 = 500;

/// Cherche des unités d’archives ; sans critère, les donne toutes, les plus récemment versées d’abord
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Mots de la description, sans égard à la casse, aux accents ni aux accords
    #[arg(value_name = "MOTS")]
    query: Vec<String>,
    /// Identifiant du service producteur
    #[arg(long, value_name = "SERVICE")]
    agency: Option<String>,
    /// Dont les dates atteignent ce jour (AAAA-MM-JJ)
    #[arg(long, value_name = "JOUR")]
    from: Option<NaiveDate>,
    /// Dont les dates commencent au plus tard ce jour (AAAA-MM-JJ)
    #[arg(long, value_name = "JOUR")]
    until: Option<NaiveDate>,
    /// Niveau de description, tel que « Item » ou « File »
    #[arg(long, value_name = "NIVEAU")]
    level: Option<String>,
    /// Valeur exacte d’un identifiant de l’unité
    #[arg(long, value_name = "VALEUR")]
    identifier: Option<String>,
    /// Mot-clé
    #[arg(long, value_name = "MOT-CLÉ")]
    keyword: Option<String>,
    /// Archive qui contient l’unité
    #[arg(long, value_name = "ARCHIVE")]
    archive: Option<ArchiveId>,
    /// Seulement les unités sans parent dans leur archive
    #[arg(long)]
    roots: bool,
    /// Dont toutes les règles de la catégorie sont échues au plus tard ce jour (AAAA-MM-JJ)
    #[arg(long, value_name = "JOUR")]
    due_before: Option<NaiveDate>,
    /// Catégorie de règles dont on demande l’échéance (par défaut : `AppraisalRule`)
    #[arg(long, value_name = "CATÉGORIE", value_parser = category, default_value = "AppraisalRule", hide_default_value = true, requires = "due_before")]
    category: Category,
    /// Avec --due-before : sort final tel qu’écrit, ou CONFLICT là où plusieurs se contredisent
    #[arg(long, value_name = "SORT", requires = "due_before")]
    final_action: Option<String>,
    /// Dit de chaque unité depuis quand elle est communicable
    #[arg(long)]
    access: bool,
    /// Nombre d’unités au plus (par défaut : toutes)
    #[arg(long, value_name = "NOMBRE")]
    limit: Option<usize>,
}

pub(super) fn run(args: Args, common: &Common, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let house = House::open(common)?;
    let by = house.mandate::<Read>()?;
    if args.due_before.is_some() {
        compute(&house, out)?;
    }
    let mut left = args.limit.unwrap_or(usize::MAX);
    let with_access = args.access;
    let criteria = criteria(args);
    let (mut after, mut n_told) = (None, 0);
    while left > 0 {
        let size = PAGE.min(u32::try_from(left).unwrap_or(PAGE));
        let page = house.archive().search(&by, &criteria, after, size)?;
        let units: Vec<UnitId> = page.hits.iter().filter(|_| with_access).map(|hit| hit.unit).collect();
        let accesses = house.archive().communicability(&by, &units, None)?;
        for hit in &page.hits {
            let access = accesses.iter().find(|one| one.unit == hit.unit).map(|one| &one.access);
            told(hit, access, out)?;
        }
        n_told += page.hits.len();
        left = left.saturating_sub(page.hits.len());
        after = page.next;
        if after.is_none() || page.hits.is_empty() {
            break;
        }
    }
    if !out.is_json() {
        out.note(match n_told {
            0 => "Aucune unité.".to_owned(),
            n => format!("{}.", render::counted(u64::try_from(n)?, "unité", "unités")),
        })?;
    }
    Ok(Status::Done)
}

/// Brings the index of due dates up to date before it is asked, as far as no other process does it.
fn compute(house: &House, out: &mut Output<'_>) -> anyhow::Result<()> {
    let progress = Progress::counting("unités dont les échéances sont calculées");
    let computed = house.archive().compute_rules(&mut |units| progress.advance(units))?;
    drop(progress);
    if computed.waiting > 0 {
        let waiting = render::counted(computed.waiting, "archive attend encore", "archives attendent encore");
        out.note(format!("{waiting} le calcul des échéances : le résultat peut être incomplet."))?;
    }
    Ok(())
}

fn criteria(args: Args) -> Criteria {
    Criteria {
        text: args.query.join(" "),
        originating_agency: args.agency,
        level: args.level,
        identifier: args.identifier,
        keyword: args.keyword,
        from: args.from,
        until: args.until,
        archive: args.archive,
        roots_only: args.roots,
        due: args.due_before.map(|before| Due { category: args.category, before }),
        final_action: args.final_action,
    }
}

/// Reads a category's element.
pub(super) fn category(name: &str) -> Result<Category, String> {
    Category::from_element(name).ok_or_else(|| Category::ALL.map(Category::element).join(", "))
}

fn told(hit: &Hit, access: Option<&Access>, out: &mut Output<'_>) -> anyhow::Result<()> {
    if !out.is_json() {
        let line = title_line(hit);
        let id = out.painted(Paint::Dim, &hit.unit.to_string());
        let access = access.map_or_else(String::new, |access| format!("  – {}", access.in_french()));
        return Ok(out.line(format!("{id}  {line}{access}"))?);
    }
    let Some(access) = access else { return out.item(&UnitItem::from(hit)) };
    let mut item = serde_json::to_value(UnitItem::from(hit))?;
    if let Some(fields) = item.as_object_mut() {
        let access = serde_json::json!({"access": access.word(), "rule": access.rule(), "day": access.day()});
        fields.insert("access".to_owned(), access);
    }
    out.item(&item)
}

/// A unit on one line: its dates, its title, its agency.
pub(super) fn title_line(hit: &Hit) -> String {
    let content = &hit.content;
    let day = |date: &Option<String>| date.as_deref().unwrap_or_default().chars().take(10).collect::<String>();
    let dates = match (day(&content.start_date), day(&content.end_date)) {
        (start, end) if end.is_empty() || start == end => start,
        (start, end) => format!("{start}/{end}"),
    };
    let agency = content.originating_agency.as_deref().map_or_else(String::new, |agency| format!("  ({agency})"));
    format!("{}  {}{agency}", render::padded(&dates, 10), content.title)
}

/// A unit as programs read it.
#[derive(Debug, Serialize)]
pub(super) struct UnitItem<'a> {
    unit: String,
    archive: String,
    local_id: &'a str,
    parents: Vec<String>,
    group: Option<String>,
    level: Option<&'a str>,
    title: &'a str,
    description: Option<&'a str>,
    start_date: Option<&'a str>,
    end_date: Option<&'a str>,
    originating_agency: Option<&'a str>,
    submission_agency: Option<&'a str>,
    document_type: Option<&'a str>,
    identifiers: Vec<Identifier<'a>>,
    keywords: &'a [String],
}

#[derive(Debug, Serialize)]
struct Identifier<'a> {
    kind: &'a str,
    value: &'a str,
}

impl<'a> From<&'a Hit> for UnitItem<'a> {
    fn from(hit: &'a Hit) -> Self {
        let content = &hit.content;
        Self {
            unit: hit.unit.to_string(),
            archive: hit.archive.to_string(),
            local_id: &hit.local_id,
            parents: hit.parents.iter().map(ToString::to_string).collect(),
            group: hit.group.map(|group| group.to_string()),
            level: content.level.as_deref(),
            title: &content.title,
            description: content.description.as_deref(),
            start_date: content.start_date.as_deref(),
            end_date: content.end_date.as_deref(),
            originating_agency: content.originating_agency.as_deref(),
            submission_agency: content.submission_agency.as_deref(),
            document_type: content.document_type.as_deref(),
            identifiers: content.identifiers.iter().map(|(kind, value)| Identifier { kind, value }).collect(),
            keywords: &content.keywords,
        }
    }
}
