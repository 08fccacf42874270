//! Compiles the kernel half and generates its skeleton.

use std::env;
use std::path::PathBuf;

use libbpf_cargo::SkeletonBuilder;

const OBJECTS: [&str; 2] = ["syscope", "empty"];

fn main() {
    let bpf = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../bpf");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-env-changed=CLANG");
    println!("cargo::rerun-if-changed={}", bpf.display());
    for name in OBJECTS {
        let mut builder = SkeletonBuilder::new();
        builder.source(bpf.join(format!("{name}.bpf.c"))).clang_args(["-Wall", "-Werror"]);
        if let Some(clang) = env::var_os("CLANG").filter(|c| !c.is_empty()) {
            builder.clang(clang);
        }
        if let Err(err) = builder.build_and_generate(out.join(format!("{name}.skel.rs"))) {
            println!("cargo::error=bpf/{name}.bpf.c does not compile (clang 14 or newer is needed): {err:#}");
        }
    }
}
