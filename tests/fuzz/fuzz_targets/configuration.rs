#![no_main]

libfuzzer_sys::fuzz_target!(
    |bytes: &[u8]| rocketchat_omnichannel_exporter::fuzzing::configuration(bytes)
);
