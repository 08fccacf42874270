//! The unit of all cost figures.

use std::mem::MaybeUninit;

use libbpf_rs::skel::{OpenSkel, SkelBuilder};
use libbpf_rs::{Link, OpenObject};

use crate::Error;
use crate::engine::bpf_error;
use crate::skel::empty::EmptySkelBuilder;

/// An empty program on sys_enter and one on sys_exit, as long as the value lives.
pub struct EmptyHooks {
    _links: Vec<Link>,
}

impl EmptyHooks {
    /// Loads and attaches them.
    pub fn attach() -> Result<EmptyHooks, Error> {
        let storage: &'static mut MaybeUninit<OpenObject> = Box::leak(Box::new(MaybeUninit::uninit()));
        let open = EmptySkelBuilder::default().open(storage).map_err(bpf_error("the empty programs"))?;
        let skel = open.load().map_err(bpf_error("the empty programs"))?;
        let links = [&skel.progs.empty_exit, &skel.progs.empty_enter]
            .into_iter()
            .map(|prog| prog.attach())
            .collect::<Result<_, _>>()
            .map_err(bpf_error("the empty programs"))?;
        Ok(EmptyHooks { _links: links })
    }
}
