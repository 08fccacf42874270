//! Calls folded into a tree of frames, as flame graphs show them: of a recording, or of a run while it goes on. Memory is
//! bounded: what finds no room is summed up in the frame that it would have been below.

use std::collections::HashMap;

use syscope_event::Event;

use crate::Frames;

/// What makes a frame wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// How many calls there were.
    Count,
    /// How long they took.
    Time,
    /// How much they moved.
    Bytes,
    /// How long the thread had been without a call before them.
    Gap,
}

impl Weight {
    /// Names, as users type them.
    pub const NAMES: [(&'static str, Weight); 4] =
        [("count", Weight::Count), ("time", Weight::Time), ("bytes", Weight::Bytes), ("gap", Weight::Gap)];

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Weight> {
        Weight::NAMES.iter().find(|(n, _)| *n == name).map(|(_, weight)| *weight)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Weight::NAMES.iter().find(|(_, weight)| *weight == self).map_or("", |(name, _)| name)
    }

    /// What it is counted in.
    pub fn unit(self) -> &'static str {
        match self {
            Weight::Count => "calls",
            Weight::Time | Weight::Gap => "ns",
            Weight::Bytes => "bytes",
        }
    }

    /// How much of it a call has; a sampled row counts as the calls that it stands for.
    #[inline]
    pub fn of(self, event: &Event<'_>) -> u64 {
        let each = match self {
            Weight::Count => Some(1),
            Weight::Time => event.latency_ns,
            Weight::Bytes => event.bytes(),
            Weight::Gap => event.gap_ns,
        };
        each.unwrap_or_default().saturating_mul(event.sampled_weight.into())
    }
}

/// One frame, below the frames above it.
#[derive(Debug, Clone, Default)]
pub struct Node {
    name: u32,
    /// The frame above, by its place in [`Stacks::nodes`]; the root's is its own.
    pub parent: usize,
    /// Those below, in the order of their first calls.
    pub children: Vec<usize>,
    /// Of this frame and all below it; of the first and of the second run.
    pub total: [u64; 2],
    /// Of calls that end with this frame.
    pub own: [u64; 2],
    /// Of calls whose further frames found no room.
    pub other: [u64; 2],
}

/// Takes a stack, what was counted there in both runs, and whether that is of frames that found no room.
pub type EachStack<'a> = dyn FnMut(&[&Node], [u64; 2], bool) + 'a;

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Frames.
    pub nodes: usize,
    /// Bytes of their names.
    pub text: usize,
}

impl Default for Room {
    /// A few tens of megabytes.
    fn default() -> Room {
        Room { nodes: 1 << 17, text: 16 << 20 }
    }
}

/// The frame that everything is in, by its place in [`Stacks::nodes`].
pub const ROOT: usize = 0;

/// The tree, and how calls become part of it.
#[derive(Debug)]
pub struct Stacks {
    frames: Frames,
    weight: Weight,
    tree: Tree,
    /// Which run's calls are added: the first or the second.
    run: usize,
}

impl Stacks {
    /// An empty tree.
    pub fn new(frames: Frames, weight: Weight, room: Room) -> Stacks {
        Stacks { frames, weight, tree: Tree::new(room), run: 0 }
    }

    /// What its frames are.
    pub fn frames(&self) -> &Frames {
        &self.frames
    }

    /// What makes its frames wide.
    pub fn weight(&self) -> Weight {
        self.weight
    }

    /// From here on calls are of a second run, which is compared with the first one. If the first found no room for all of
    /// its frames, the second makes no new ones: they would look as if the first had not had them.
    pub fn next_run(&mut self) {
        self.run = 1;
        self.tree.is_closed = self.tree.is_full;
    }

    /// Adds a call.
    pub fn add(&mut self, event: &Event<'_>) {
        let weight = self.weight.of(event);
        if weight == 0 {
            return;
        }
        let (tree, run) = (&mut self.tree, self.run);
        grow(&mut tree.nodes[ROOT].total[run], weight);
        let (mut last, mut found) = (ROOT, true);
        self.frames.each(event, |name| {
            if !found {
                return;
            }
            match tree.child(last, name) {
                Some(node) => {
                    last = node;
                    grow(&mut tree.nodes[node].total[run], weight);
                }
                None => found = false,
            }
        });
        let end = &mut tree.nodes[last];
        grow(if found { &mut end.own[run] } else { &mut end.other[run] }, weight);
    }

    /// All frames; the first is the one that all are in.
    pub fn nodes(&self) -> &[Node] {
        &self.tree.nodes
    }

    /// What a frame is called.
    pub fn name(&self, node: &Node) -> &[u8] {
        self.tree.texts.get(node.name as usize).map_or(&[], |text| text)
    }

    /// Not all frames found room: some are summed up in those above them ([`Node::other`]).
    pub fn is_full(&self) -> bool {
        self.tree.is_full
    }

    /// Calls `each` for every stack that calls ended with: its nodes from the outermost frame on, and what was counted there
    /// in both runs; then, if `true`, for those of its further frames that found no room.
    pub fn walk(&self, each: &mut EachStack<'_>) {
        let mut todo = vec![(ROOT, 0)];
        let mut path: Vec<&Node> = Vec::new();
        while let Some((at, depth)) = todo.pop() {
            let node = &self.tree.nodes[at];
            path.truncate(depth);
            // The root is in every stack and says nothing.
            let below = if at == ROOT {
                0
            } else {
                path.push(node);
                depth + 1
            };
            for (counted, is_other) in [(node.own, false), (node.other, true)] {
                if counted != [0, 0] {
                    each(&path, counted, is_other);
                }
            }
            todo.extend(node.children.iter().rev().map(|child| (*child, below)));
        }
    }
}

#[derive(Debug)]
struct Tree {
    nodes: Vec<Node>,
    by_name: HashMap<(usize, u32), usize>,
    names: HashMap<Box<[u8]>, u32>,
    texts: Vec<Box<[u8]>>,
    text_bytes: usize,
    room: Room,
    is_full: bool,
    is_closed: bool,
}

impl Tree {
    fn new(room: Room) -> Tree {
        Tree {
            nodes: vec![Node::default()],
            by_name: HashMap::new(),
            names: HashMap::new(),
            texts: vec![b"all"[..].into()],
            text_bytes: 0,
            room,
            is_full: false,
            is_closed: false,
        }
    }

    /// The frame of that name below another one. None: there is no room for it.
    fn child(&mut self, parent: usize, name: &[u8]) -> Option<usize> {
        let known = self.names.get(name).copied();
        if let Some(at) = known.and_then(|id| self.by_name.get(&(parent, id))) {
            return Some(*at);
        }
        let more_text = if known.is_some() { 0 } else { name.len() };
        if self.is_closed
            || self.nodes.len() >= self.room.nodes
            || self.text_bytes + more_text > self.room.text
        {
            self.is_full = true;
            return None;
        }
        let id = match known {
            Some(id) => id,
            None => {
                let id = u32::try_from(self.texts.len()).ok()?;
                self.texts.push(name.into());
                self.names.insert(name.into(), id);
                self.text_bytes += name.len();
                id
            }
        };
        let at = self.nodes.len();
        self.nodes.push(Node { name: id, parent, ..Node::default() });
        self.nodes[parent].children.push(at);
        self.by_name.insert((parent, id), at);
        Some(at)
    }
}

fn grow(sum: &mut u64, more: u64) {
    *sum = sum.saturating_add(more);
}
