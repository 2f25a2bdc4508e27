//! The store on a disk whose power is cut.

use std::collections::BTreeSet;
use std::io;

use rocketchat_omnichannel_exporter::store::file::Disk;
use rocketchat_omnichannel_exporter::store::format::seal;
use rocketchat_omnichannel_exporter::store::{CommitStep, Loaded, Store};

use crate::crashing_disk::CrashingDisk;

/// Number of steps of a commit.
const STEPS: u32 = 4;
const SEEDS: u64 = 500;

fn sealed(generation: u64) -> Vec<u8> {
    seal(1, &generation.to_le_bytes().repeat(50))
}

fn store(disk: &CrashingDisk) -> Store {
    Store::new(Box::new(disk.clone()))
}

/// The generation that the store loads, which must be undamaged; 0 before the first commit.
fn loaded(disk: &CrashingDisk) -> u64 {
    match store(disk).load() {
        Loaded::Missing => 0,
        Loaded::Found { version, payload } => {
            let (generation, _) = payload.split_first_chunk().unwrap();
            let generation = u64::from_le_bytes(*generation);
            assert_eq!(seal(version, &payload), sealed(generation));
            generation
        }
        Loaded::Damaged(why) => panic!("{why}"),
    }
}

#[test]
fn after_a_cut_at_any_step_the_old_or_the_new_state_is_there_whole() {
    for before in [0, 1] {
        for steps in 0..STEPS {
            let mut seen = BTreeSet::new();
            for seed in 0..SEEDS {
                let disk = CrashingDisk::new(seed);
                for generation in 1..=before {
                    store(&disk).commit(&sealed(generation)).unwrap();
                }
                disk.cut_after(steps);
                assert!(store(&disk).commit(&sealed(before + 1)).is_err());
                disk.restart();
                seen.insert(loaded(&disk));
            }
            let could_be_renamed = steps >= 2;
            let expected = if could_be_renamed { vec![before, before + 1] } else { vec![before] };
            assert!(seen.iter().eq(&expected), "after {steps} steps: {seen:?}");
        }
    }
}

#[test]
fn what_commit_called_durable_is_there_after_any_cut() {
    for seed in 0..SEEDS {
        let disk = CrashingDisk::new(seed);
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut durable = 0;
        for generation in 1..=20 {
            if dice.u8(..3) == 0 {
                disk.cut_after(dice.u32(..=STEPS));
            }
            let full = (dice.u8(..8) == 0).then_some(io::ErrorKind::StorageFull);
            disk.refuse(full);
            if store(&disk).commit(&sealed(generation)).is_ok() {
                durable = generation;
            }
            if dice.u8(..4) == 0 {
                disk.cut();
            }
            if disk.is_off() {
                disk.restart();
                let there = loaded(&disk);
                assert!((durable..=generation).contains(&there), "seed {seed}: {there}");
                durable = there;
            }
        }
    }
}

#[test]
fn a_full_disk_keeps_the_state_and_the_next_commit_starts_afresh() {
    let disk = CrashingDisk::new(7);
    let mut store = store(&disk);
    store.commit(&sealed(1)).unwrap();
    disk.refuse(Some(io::ErrorKind::StorageFull));
    let error = store.commit(&sealed(2)).unwrap_err();
    assert_eq!(error.step, CommitStep::Write);
    assert!(error.to_string().contains("free space"), "{error}");
    assert_eq!(loaded(&disk), 1);
    disk.refuse(None);
    store.commit(&sealed(3)).unwrap();
    assert_eq!(loaded(&disk), 3);
}

#[test]
fn the_disk_is_cruel_to_those_who_skip_a_step() {
    let without_sync = |seed| {
        let mut disk = CrashingDisk::new(seed);
        disk.write(&sealed(1)).unwrap();
        disk.rename().unwrap();
        disk.sync_directory().unwrap();
        disk.cut();
        disk.restart();
        matches!(store(&disk).load(), Loaded::Damaged(_))
    };
    assert!((0..SEEDS).any(without_sync));
    let without_directory = |seed| {
        let mut disk = CrashingDisk::new(seed);
        disk.write(&sealed(1)).unwrap();
        disk.sync().unwrap();
        disk.rename().unwrap();
        disk.cut();
        disk.restart();
        store(&disk).load() == Loaded::Missing
    };
    assert!((0..SEEDS).any(without_directory));
}
