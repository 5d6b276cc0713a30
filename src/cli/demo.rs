//! `demo`: a throw-away installation that shows what an archive does: accept, refuse, find, give back, deliver, verify.

use std::{
    fmt::Display,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    archive::{
        deliver::{Form, Order, Recipient},
        verify::finding::Layer,
    },
    boot::{self, Init},
    cli::{
        Common, Status,
        deliver::{refused_or_failed, write_whole},
        deposit::{self, Answer},
        failure::{ensure_found, refuse},
        house::House,
        output::{Output, Paint},
        render, search,
    },
    config::Config,
    digest,
    domain::{
        check::Outcome,
        id::{ArchiveId, UnitId},
        mandate::{Deposit, Read},
        object::Matter,
        search::Criteria,
        tenant::TenantId,
        transfer::TransferStatus,
    },
};

/// The refusals shown: enough to see how they speak.
const REFUSALS: [&str; 5] = [
    "CHECK_DIGEST.INVALID",
    "MANIFEST_SUPERIOR_BDO",
    "CHECK_SEDA.NOT_XSD_VALID__date_absente",
    "CHECK_MANIFEST_LOOP__cycle",
    "UPLOAD_SIP.UNSAFE_NAME__nom_qui_remonte",
];
const QUERIES: [&str; 2] = ["délibération", "bibliothèque"];
/// The accepted package whose tree is shown, and the one that is given back and delivered.
const TREE: &str = "arborescence";
const ACT: &str = "subvention_bibliotheque";
/// Characters of a line, so that what is shown stays calm.
const LINE: usize = 110;
/// Units shown of each search, or below each unit.
const SHOWN: u32 = 4;

/// Montre en une minute ce que fait l’archive, dans une installation jetable
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Garde l’installation dans ce dossier, qui doit être nouveau ou vide
    #[arg(long, value_name = "DOSSIER")]
    keep: Option<PathBuf>,
    /// Dossier des paquets d’exemple (par défaut : « fixtures », dans le dépôt du projet)
    #[arg(long, value_name = "DOSSIER")]
    fixtures: Option<PathBuf>,
}

pub(super) fn run(args: &Args, out: &mut Output<'_>) -> anyhow::Result<Status> {
    let fixtures = args.fixtures.clone().unwrap_or_else(|| PathBuf::from("fixtures"));
    ensure_found(args.fixtures.as_slice())?;
    if !fixtures.join("accepted").is_dir() {
        return refuse(
            "Il faut des paquets d’exemple : lancez « cartulaire demo » depuis le dépôt du projet, ou indiquez leur \
             dossier par --fixtures (il contient « accepted » et « refused »).",
        );
    }
    let temporary = tempfile::tempdir()?;
    let data = args.keep.clone().unwrap_or_else(|| temporary.path().join("installation"));
    let mut demo = Demo { house: installation(&data, out)?, fixtures, out, kept: Vec::new() };
    demo.say("Cartulaire : une installation d’essai, avec deux volumes et un catalogue SQLite.")?;
    demo.title("Versements acceptés")?;
    demo.accepted()?;
    demo.title("Versements refusés, et ce que lit l’agent versant")?;
    demo.refused()?;
    demo.title("Recherches")?;
    QUERIES.into_iter().try_for_each(|query| demo.search(query))?;
    demo.title("Une arborescence, où une pièce a deux parents")?;
    demo.tree()?;
    demo.title("Un acte rendu")?;
    demo.give_back()?;
    demo.title("Une communication, reversée dans un second service")?;
    let mut demo = demo.deliver(&temporary.path().join("communication.zip"))?;
    demo.title("Vérification")?;
    let whole = demo.verify()?;
    demo.title("La suite")?;
    demo.next(args.keep.as_deref())?;
    Ok(Status::refused_if(!whole))
}

fn installation(data: &Path, out: &mut Output<'_>) -> anyhow::Result<House> {
    let init = Init {
        tenant: "sault-les-bruyeres".parse()?,
        name: "Archives de Sault-les-Bruyères".to_owned(),
        archival_agency: "SLB-ARCHIVES".to_owned(),
        config: Config::default(),
    };
    drop(boot::init(data, &init)?);
    House::open(&Common { data: Some(data.to_owned()), tenant: None, account: None, json: out.is_json() })
}

struct Demo<'a, 'o> {
    house: House,
    fixtures: PathBuf,
    out: &'a mut Output<'o>,
    /// What the accepted packages became.
    kept: Vec<(PathBuf, ArchiveId)>,
}

impl Demo<'_, '_> {
    /// Says a line; for programs, as an item.
    fn say(&mut self, line: impl Display) -> anyhow::Result<()> {
        if self.out.is_json() {
            return self.out.item(&serde_json::json!({ "line": line.to_string() }));
        }
        Ok(self.out.line(line)?)
    }

    fn title(&mut self, title: &str) -> anyhow::Result<()> {
        let title = self.out.painted(Paint::Bold, title);
        self.say(format!("\n{title}"))
    }

    fn accepted(&mut self) -> anyhow::Result<()> {
        for package in sorted(&self.fixtures.join("accepted"))? {
            let answer = self.deposit(&package)?;
            let verdict = render::verdict(answer.summary.verdict, self.out);
            self.say(format!("  {verdict}  {}", name(&package)))?;
            if let TransferStatus::Accepted { archive, .. } = answer.transfer.status {
                self.kept.push((package, archive));
            }
        }
        Ok(())
    }

    fn refused(&mut self) -> anyhow::Result<()> {
        let all = sorted(&self.fixtures.join("refused"))?;
        for wanted in REFUSALS {
            let Some(package) = all.iter().find(|package| name(package).contains(wanted)) else { continue };
            let Answer { summary, .. } = self.deposit(package)?;
            let verdict = render::verdict(summary.verdict, self.out);
            let what = name(package);
            self.say(format!("  {verdict}  {}", what.rsplit("__").next().unwrap_or(&what)))?;
            for finding in summary.findings.iter().filter(|finding| finding.outcome == Outcome::Ko).take(1) {
                self.say(format!("    {}", render::cut(&finding.message, LINE)))?;
                let place = if finding.place.is_empty() { String::new() } else { format!("  ({})", finding.place) };
                let code = self.out.painted(Paint::Dim, &format!("    {}{place}", finding.code));
                self.say(code)?;
            }
        }
        Ok(())
    }

    fn search(&mut self, query: &str) -> anyhow::Result<()> {
        let criteria = Criteria { text: query.to_owned(), ..Criteria::default() };
        let page = self.house.archive().search(&self.house.mandate::<Read>()?, &criteria, None, SHOWN)?;
        let total = render::counted(page.total.counted, "unité", "unités");
        self.say(format!("  « {query} » : {total}"))?;
        for hit in &page.hits {
            self.say(format!("    {}", render::cut(&search::title_line(hit), LINE)))?;
        }
        Ok(())
    }

    fn tree(&mut self) -> anyhow::Result<()> {
        let Some((_, archive)) = self.kept.iter().find(|(package, _)| name(package).contains(TREE)).cloned() else {
            return Ok(());
        };
        for root in self.house.archive().roots(&self.house.mandate::<Read>()?, archive, None, SHOWN)? {
            self.say(format!("  {}", root.content.title))?;
            self.branch(root.unit, 2)?;
        }
        Ok(())
    }

    fn branch(&mut self, unit: UnitId, depth: usize) -> anyhow::Result<()> {
        for child in self.house.archive().children(&self.house.mandate::<Read>()?, unit, None, SHOWN)? {
            self.say(format!("{}└ {}", "  ".repeat(depth), child.content.title))?;
            self.branch(child.unit, depth + 1)?;
        }
        Ok(())
    }

    /// Reads an act back and compares it with the file that was deposited.
    fn give_back(&mut self) -> anyhow::Result<()> {
        let Some((package, archive)) = self.act() else { return Ok(()) };
        let by = self.house.mandate::<Read>()?;
        let criteria = Criteria { archive: Some(archive), ..Criteria::default() };
        let units = self.house.archive().search(&by, &criteria, None, SHOWN)?.hits;
        let Some(group) = units.iter().find_map(|hit| hit.group) else { return Ok(()) };
        for object in self.house.archive().objects(&by, group)? {
            let Matter::Binary(binary) = &object.matter else { continue };
            let Some((_, opened)) = self.house.archive().open_object(&by, object.id)? else { continue };
            let given = digest::of(&mut opened.verified()?, &[])?.sha512();
            let deposited = digest::of(&mut File::open(package.join(binary.name.display()))?, &[])?.sha512();
            let equal = if given == deposited {
                self.out.painted(Paint::Green, "identique, octet pour octet")
            } else {
                self.out.painted(Paint::Red, "DIFFÉRENT")
            };
            self.say(format!("  {} ({}) : {equal}", binary.filename, render::bytes(binary.size)))?;
            self.say(format!("  SHA-512 versé  {}", render::cut(&deposited.to_string(), 64)))?;
            self.say(format!("  SHA-512 rendu  {}", render::cut(&given.to_string(), 64)))?;
        }
        Ok(())
    }

    /// Delivers an act in a package, and deposits it in a second tenant.
    fn deliver(mut self, package: &Path) -> anyhow::Result<Self> {
        let Some((_, archive)) = self.act() else { return Ok(self) };
        let by = self.house.mandate::<Read>()?;
        let roots = self.house.archive().roots(&by, archive, None, SHOWN)?;
        let order = Order {
            units: roots.iter().map(|root| root.unit).collect(),
            form: Form::Transfer,
            to: Recipient::House,
            version: None,
            with_descendants: true,
        };
        let delivered = write_whole(package, |file| match self.house.archive().deliver(&by, &order, file) {
            Ok(delivered) => Ok(delivered),
            Err(error) => refused_or_failed(error),
        })?;
        let (units, objects) = (
            render::counted(delivered.units, "unité", "unités"),
            render::counted(delivered.objects, "objet", "objets"),
        );
        self.say(format!("  communiqué : {units}, {objects}, {}", render::bytes(delivered.bytes)))?;
        let second: TenantId = "second-service".parse()?;
        self.house.archive().create_tenant(second.clone(), "Second service", "SECOND-SERVICE")?;
        let mut demo = Self { house: self.house.within(&second)?, ..self };
        let answer = demo.deposit(package)?;
        let verdict = render::verdict(answer.summary.verdict, demo.out);
        demo.say(format!("  reversé dans « second-service » : {verdict}"))?;
        Ok(demo)
    }

    fn verify(&mut self) -> anyhow::Result<bool> {
        let verified = self.house.archive().verify(&|| ())?;
        let whole = verified.is_whole();
        let verdict =
            if whole { self.out.painted(Paint::Green, "intact") } else { self.out.painted(Paint::Red, "altéré") };
        let (copies, lines) = (
            render::counted(verified.count(Layer::Files), "copie d’objet relue", "copies d’objets relues"),
            render::counted(verified.count(Layer::Journals), "ligne de journal suivie", "lignes de journal suivies"),
        );
        self.say(format!("  {verdict} : {copies}, {lines}"))?;
        Ok(whole)
    }

    fn next(&mut self, kept: Option<&Path>) -> anyhow::Result<()> {
        if let Some(data) = kept {
            let data = data.display();
            self.say(format!("  L’installation est gardée dans « {data} » :"))?;
            self.say(format!("    cartulaire --data {data} --tenant sault-les-bruyeres search bibliothèque"))?;
            self.say(format!("    cartulaire --data {data} serve"))?;
        } else {
            self.say("  Tout était temporaire. « cartulaire demo --keep essai » la garde, puis")?;
            self.say("  « cartulaire --data essai serve » ouvre l’interface web et l’API.")?;
        }
        self.say("  Le manuel : docs/manuel/index.md. Les contrôles : « cartulaire controls ».")
    }

    fn deposit(&self, package: &Path) -> anyhow::Result<Answer> {
        deposit::deposit(self.house.archive(), &self.house.mandate::<Deposit>()?, package)
    }

    /// The act that is given back and delivered.
    fn act(&self) -> Option<(PathBuf, ArchiveId)> {
        self.kept.iter().find(|(package, _)| name(package).contains(ACT)).or(self.kept.first()).cloned()
    }
}

fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut all = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    all.sort();
    Ok(all)
}

fn name(package: &Path) -> String {
    package.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
