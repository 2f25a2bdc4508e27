//! A backfill continues after its disk was full.

use std::path::Path;
use std::process::{Command, Output};

use crate::inside::backfill::files;
use crate::process::backfill::Scene;

/// Runs a command twice on a small disk and then on a larger one. Arguments: the mount point, the size, the directory for the
/// files, the command.
const SCRIPT: &str = r#"
mount -t tmpfs -o "size=$2" tmpfs "$1"
output=$1 kept=$3
shift 3
for run in first second; do
    if "$@"; then
        echo "the disk is large enough for the $run run" >&2
        exit 3
    fi
done
mount -o remount,size=1g "$output"
"$@"
cp "$output"/*.om "$kept"
"#;

/// Sizes of the rows and of the files of a backfill, bytes.
fn sizes(output: &Path) -> (u64, u64) {
    let rows = std::fs::read_dir(output.join("rows")).unwrap();
    let rows = rows.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    (rows, files(output).values().map(|file| file.len() as u64).sum())
}

fn on_small_disk(scene: &Scene, bytes: u64, kept: &Path) -> Output {
    let mount_point = tempfile::tempdir().unwrap();
    let command = scene.command(mount_point.path());
    let variables = command.get_envs().filter_map(|(name, value)| Some((name, value?)));
    Command::new("/usr/bin/unshare")
        .args(["--mount", "/bin/sh", "-ec", SCRIPT, "sh"])
        .arg(mount_point.path())
        .arg(bytes.to_string())
        .arg(kept)
        .arg(command.get_program())
        .args(command.get_args())
        .envs(variables)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs root: tests/run runs it"]
async fn a_backfill_whose_disk_was_full_continues_and_writes_the_same_bytes() {
    let scene = Scene::new().await;
    let whole = tempfile::tempdir().unwrap();
    scene.run(whole.path());
    let (expected, (of_rows, of_files)) = (files(whole.path()), sizes(whole.path()));
    for (bytes, full) in [
        (of_rows / 2, "/rows/"),
        (of_rows + of_files / 3, ".om.tmp"),
        (of_rows + of_files * 9 / 10, ".om.tmp"),
    ] {
        let kept = tempfile::tempdir().unwrap();
        let done = on_small_disk(&scene, bytes, kept.path());
        let told = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.success(), "{told}");
        let errors = told.lines().filter(|line| line.starts_with("--output: "));
        let errors: Vec<_> = errors.collect();
        assert_eq!(errors.len(), 2, "{told}");
        for error in errors {
            assert!(error.contains(full) && error.contains("No space left on device"), "{error}");
            assert!(error.contains("free space on the volume, then run the same command again"));
        }
        assert!(files(kept.path()) == expected, "full at {bytes} bytes");
    }
}
