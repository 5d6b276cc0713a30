//! The texts that every volume carries for whoever finds the disk alone, in French.

/// `LISEZMOI.txt` at the root of a volume.
pub(super) const ROOT_TEXT: &str = "\
CARTULAIRE — VOLUME D’ARCHIVES
==============================

Ce dossier est un volume d’un système d’archivage électronique (SAE) Cartulaire. Il contient à lui seul
l’intégralité des archives : les fichiers d’origine, leurs descriptions, les accusés de réception et les
réponses, les journaux et les référentiels. Aucune base de données n’est nécessaire pour le relire.

  ocfl/         les archives, au format OCFL 1.1 (Oxford Common File Layout, https://ocfl.io/1.1/spec/) ;
                le rangement des dossiers est décrit dans ocfl/extensions/cartulaire-tenant-layout/LISEZMOI.md
                (avec, pour chaque service et pour l’installation, ses journaux scellés : records/journals-AAAA-MM)
  journal/      les journées encore ouvertes : un fichier par jour, une ligne JSON par événement
  log/          le registre de Merkle (C2SP tlog-tiles) : point de contrôle signé, tuiles, horodatages, cosignatures
  kit/          de quoi tout vérifier sans rien installer que Python : clés publiques, certificats, verifier.py
  transfers/    les accusés de réception, les refus, les réponses et leurs rapports, par service et par jour
  pending/      les paquets reçus dont le traitement n’est pas terminé
  staging/      le travail inachevé de chaque serveur ; rien n’y est encore archivé
  volume.json   l’identité de l’installation et du volume
  members.json  les volumes qui étaient à jour lors de la dernière écriture ; le numéro « epoch » le plus élevé
                l’emporte

Normes : SEDA (NF Z44-022), OCFL 1.1, SHA-512 (FIPS 180-4), JSON (RFC 8259), XML 1.0.

RETROUVER UN FICHIER
  Dans chaque objet OCFL, inventory.json fait correspondre les noms d’origine (« state ») aux contenus
  (« manifest »). Un contenu porte pour nom son empreinte SHA-512 : v1/content/EMPREINTE.
  Un nom qui n’est pas du texte UTF-8, ou qui ne peut pas être un chemin, est noté escaped/… et la table
  escaped/.names.json en donne les octets d’origine en hexadécimal.

VÉRIFIER
  L’inventaire d’un objet, depuis le dossier de l’objet :
      sha512sum --check inventory.json.sha512
  Un contenu, depuis le dossier v1/content : l’empreinte affichée doit être le nom du fichier :
      sha512sum *
  Tout le volume, sa chaîne de preuve comprise (voir kit/LISEZMOI.md) :
      python3 kit/verifier.py .
  Les objets, avec un outil OCFL indépendant, par exemple :
      rocfl --root ocfl validate
      ocfl-validate.py ocfl

Ne modifiez rien dans ce dossier : toute altération serait détectée par les contrôles d’intégrité.
";

/// `LISEZMOI.txt` at the root of a restitution.
pub(super) const RESTITUTION_TEXT: &str = "\
CARTULAIRE — RESTITUTION D’UN SERVICE D’ARCHIVES
================================================

Ce dossier contient à lui seul tout ce qu’un service d’archives a confié à Cartulaire : les fichiers d’origine,
leurs descriptions, les accusés de réception et les réponses, les journaux, les preuves, les référentiels et la
liste des comptes (sans aucun secret). Aucun logiciel particulier n’est nécessaire pour le lire.

  index.html          pour parcourir les archives : ouvrez-le dans un navigateur, sans réseau
  navigation/         les pages de ce parcours
  attestation.pdf     l’attestation de cette restitution, sous le cachet de l’installation
  empreintes.sha512   l’empreinte de chaque fichier, hors objets et log/ : sha512sum --check empreintes.sha512
  restitution.json    ce qu’est cette restitution : service, date, comptes, point de contrôle, fin des journaux
  ocfl/               les archives et les registres du service, au format OCFL 1.1 (https://ocfl.io/1.1/spec/)
  descriptions/       le bordereau SEDA actuel des archives dont la description a changé depuis leur entrée
  referentials/       les référentiels (services, accords, règles), en CSV et en JSON
  transfers/          les accusés de réception, refus, réponses et rapports
  pending/            les paquets reçus dont le traitement n’était pas terminé
  journal/            les dernières lignes des journaux, celles qu’aucune journée scellée ne contient encore
  installation.jsonl  les lignes du journal de l’installation dont la preuve a besoin
  log/                le registre de Merkle (C2SP tlog-tiles) : point de contrôle signé, tuiles, horodatages
  kit/                de quoi tout vérifier sans rien installer que Python : clés publiques, certificats, verifier.py

Un dossier sans objet manque. Normes : SEDA (NF Z44-022), OCFL 1.1, SHA-512 (FIPS 180-4), JSON, XML 1.0.

RETROUVER UN FICHIER SANS LE PARCOURS
  Dans chaque objet OCFL, inventory.json fait correspondre les noms d’origine (« state ») aux contenus
  (« manifest »). Un contenu porte pour nom son empreinte SHA-512 : v1/content/EMPREINTE.

VÉRIFIER
      python3 kit/verifier.py .
      cartulaire verify .
  Les objets, avec un outil OCFL indépendant :
      rocfl --root ocfl validate
      ocfl-validate.py ocfl

Ne modifiez rien dans ce dossier : toute altération serait détectée.
";

/// `ocfl/extensions/cartulaire-tenant-layout/config.json`.
pub(super) const LAYOUT_CONFIG: &str = r#"{
  "extensionName": "cartulaire-tenant-layout",
  "identifierPrefix": "urn:cartulaire:",
  "tupleSize": 4,
  "numberOfTuples": 2
}
"#;

/// `ocfl/extensions/cartulaire-tenant-layout/LISEZMOI.md`.
pub(super) const LAYOUT_TEXT: &str = "\
# cartulaire-tenant-layout

Extension locale de rangement d’une racine OCFL 1.1, propre à Cartulaire. Elle n’est pas inscrite au registre des
extensions OCFL ; or `ocfl_layout.json`, qui est facultatif, ne peut nommer qu’une extension inscrite (OCFL 1.1, E071) :
la racine n’en contient donc pas, et les outils retrouvent les objets en parcourant les dossiers. Le chemin d’un objet commence par le service d’archives, de sorte que les archives d’un service
forment un seul dossier.

| identifiant de l’objet | chemin sous la racine |
| --- | --- |
| `urn:cartulaire:SERVICE:ARCHIVE:GÉNÉRATION` | `SERVICE/AAAA/BBBB/ARCHIVE.GÉNÉRATION` |
| `urn:cartulaire:SERVICE:NOM` | `SERVICE/records/NOM` |
| `urn:cartulaire:_installation:NOM` | `_installation/records/NOM` |

`ARCHIVE` est un UUID version 7 (RFC 9562) en minuscules, `AAAA` ses quatre premiers caractères et `BBBB` les quatre
suivants. `GÉNÉRATION` est un entier décimal à partir de 1 : une destruction partielle laisse une archive de même
UUID et de génération suivante. `SERVICE` et `NOM` sont formés de 1 à 40 caractères parmi `a-z`, `0-9` et `-`.

Exemple : `urn:cartulaire:ville:019aa8f0-1111-7222-8333-944455556666:1` se trouve dans
`ville/019a/a8f0/019aa8f0-1111-7222-8333-944455556666.1`.
";
