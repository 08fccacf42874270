//! Compiles the kernel half and generates its skeleton.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use libbpf_cargo::SkeletonBuilder;

const OBJECTS: [&str; 2] = ["syscope", "empty"];

fn main() {
    let bpf = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../bpf");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    println!("cargo::rerun-if-env-changed=CLANG");
    println!("cargo::rerun-if-changed={}", bpf.display());
    for name in OBJECTS {
        let built = builder(&bpf, name, &[]).build_and_generate(out.join(format!("{name}.skel.rs")));
        built.unwrap_or_else(|err| failed(name, &format!("{err:#}")));
    }
    // The same for kernels that have no bpf_rdonly_cast (bpf/load.h). It has all maps and programs of the other one, so one
    // skeleton is for both: lib.rs decides which bytes it opens.
    let older = out.join("syscope.older.o");
    let built = builder(&bpf, "syscope", &["-DLOAD_BY_HELPER"]).obj(older).build();
    built.unwrap_or_else(|err| failed("syscope", &format!("{err:#}")));
    if let Err(why) = choose_bytes(&out.join("syscope.skel.rs")) {
        failed("syscope", &why);
    }
    let header = fs::read_to_string(bpf.join("kernel.h")).unwrap_or_default();
    let types = kernel_types(&header);
    if let Err(err) = fs::write(out.join("types.rs"), format!("&{types:?}")) {
        failed("kernel.h", &err.to_string());
    }
}

fn builder(bpf: &Path, name: &str, args: &[&str]) -> SkeletonBuilder {
    let mut builder = SkeletonBuilder::new();
    builder.source(bpf.join(format!("{name}.bpf.c")));
    builder.clang_args(["-Wall", "-Werror"].iter().chain(args));
    if let Some(clang) = env::var_os("CLANG").filter(|c| !c.is_empty()) {
        builder.clang(clang);
    }
    builder
}

fn failed(name: &str, why: &str) {
    println!("cargo::error=bpf/{name}.bpf.c does not compile (clang 14 or newer is needed): {why}");
}

fn choose_bytes(skeleton: &Path) -> Result<(), String> {
    const OPENED: &str = "ObjectSkeletonConfigBuilder::new(&DATA)";
    let text = fs::read_to_string(skeleton).map_err(|err| err.to_string())?;
    if text.matches(OPENED).count() != 1 {
        return Err("its skeleton opens its bytes in an unknown way".into());
    }
    let text =
        text.replace(OPENED, "ObjectSkeletonConfigBuilder::new(crate::skel::bytes_for_this_kernel(&DATA))");
    fs::write(skeleton, text).map_err(|err| err.to_string())
}

/// Names of the structures of kernel.h, without flavors.
fn kernel_types(header: &str) -> Vec<&str> {
    let names = header.lines().filter_map(|line| line.strip_prefix("struct ")?.strip_suffix(" {"));
    let mut names: Vec<_> = names.filter_map(|name| name.split("___").next()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
