//! The log as anybody reads it: static files without a token, and nothing else of the volumes.

use cartulaire::proof::checkpoint::SignedCheckpoint;

use crate::api::{
    accepted,
    client::{Answer, Served, servers},
};

fn anonymous(served: &Served, method: &str, path: &str) -> Answer {
    served.request(method, path).bearing("").send()
}

#[test]
fn anybody_reads_the_checkpoint_and_the_tiles_and_nothing_else() {
    for served in servers() {
        let deposit = served.deposit(&accepted("subvention"));
        assert!(deposit.status < 300, "{}", deposit.status);
        let answer = anonymous(&served, "GET", "/log/checkpoint");
        assert_eq!((answer.status, answer.header("cache-control").unwrap()), (200, "no-cache"));
        let size = SignedCheckpoint::parse(&answer.body).unwrap().checkpoint().size();
        assert!(size > 0);
        let tile = anonymous(&served, "GET", &format!("/log/tile/0/000.p/{size}"));
        assert_eq!(u64::try_from(tile.body.len()).unwrap(), size * 32);
        assert!(tile.header("cache-control").unwrap().contains("immutable"));
        assert_eq!(anonymous(&served, "GET", &format!("/log/tile/entries/000.p/{size}")).status, 200);
        for path in [
            "/log/",
            "/log/tile/0/999",
            "/log/tile/0/../checkpoint",
            "/log/..%2fvolume.json",
            "/log/../journal",
            "/log/times/..%2f..%2fvolume.json",
            "/log/kit/installation.json",
            "/log/checkpoint.part",
        ] {
            assert_eq!(anonymous(&served, "GET", path).status, 404, "{path}");
        }
        assert_eq!(anonymous(&served, "POST", "/log/checkpoint").status, 405);
    }
}
