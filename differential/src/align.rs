//! Two sequences of lines, put side by side: what is in both in the same order, and what is between.

/// The greatest number of edits that are looked at before what was found is taken as it is. The cost of a comparison
/// grows with its square.
const PATIENCE: usize = 1500;

/// Places in both sequences that belong together. Both only ever grow.
pub type Pairs = Vec<(usize, usize)>;

/// The longest common subsequence, or nearly so where the two have little in common (after Myers, "An O(ND) Difference
/// Algorithm", with a bound: beyond it the furthest point reached is kept and the search starts anew from there).
pub fn common<T: PartialEq>(a: &[T], b: &[T]) -> Pairs {
    let mut pairs = Pairs::new();
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        let (found, x, y) = stretch(&a[i..], &b[j..]);
        pairs.extend(found.into_iter().map(|(p, q)| (i + p, j + q)));
        i += x;
        j += y;
    }
    pairs
}

/// Pairs of a first part of both, and how far it reaches in each. It is not empty.
fn stretch<T: PartialEq>(a: &[T], b: &[T]) -> (Pairs, usize, usize) {
    let (n, m) = (a.len() as isize, b.len() as isize);
    let same = |x: isize, y: isize| x < n && y < m && a[x as usize] == b[y as usize];
    let bound = PATIENCE.min(a.len() + b.len()) as isize;
    let at = |k: isize| (k + bound + 1) as usize;
    // Furthest x on each diagonal k = x - y; and what that was before each round.
    let mut furthest = vec![0isize; 2 * bound as usize + 3];
    let mut history: Vec<Vec<isize>> = Vec::new();
    // Rounds, x and y of the furthest point.
    let mut best = (0, 0, 0);
    'search: for d in 0..=bound {
        history.push(furthest[at(-d)..=at(d)].to_vec());
        for k in (-d..=d).step_by(2) {
            let down = k == -d || (k != d && furthest[at(k - 1)] < furthest[at(k + 1)]);
            let mut x = if down { furthest[at(k + 1)] } else { furthest[at(k - 1)] + 1 };
            while same(x, x - k) {
                x += 1;
            }
            furthest[at(k)] = x;
            let y = x - k;
            // Beyond the end of one of them there is nothing to take.
            if x <= n && (0..=m).contains(&y) && (d == 0 || x + y > best.1 + best.2) {
                best = (d, x, y);
            }
            if x >= n && y >= m {
                break 'search;
            }
        }
    }
    let (rounds, mut x, mut y) = best;
    let mut pairs = Pairs::new();
    for d in (0..=rounds).rev() {
        let k = x - y;
        let then = |k: isize| history[d as usize][(k + d) as usize];
        let (from_x, from_y) = if d == 0 {
            (0, 0)
        } else {
            let down = k == -d || (k != d && then(k - 1) < then(k + 1));
            let before = if down { k + 1 } else { k - 1 };
            (then(before), then(before) - before)
        };
        while x > from_x && y > from_y {
            x -= 1;
            y -= 1;
            pairs.push((x as usize, y as usize));
        }
        (x, y) = (from_x, from_y);
    }
    pairs.reverse();
    (pairs, best.1 as usize, best.2 as usize)
}

#[test]
fn what_is_common_is_found() {
    let letters = |text: &str| text.chars().collect::<Vec<_>>();
    let check = |a: &str, b: &str, expected: &str| {
        let (a, b) = (letters(a), letters(b));
        let pairs = common(&a, &b);
        assert!(pairs.iter().all(|&(i, j)| a[i] == b[j]), "{pairs:?}");
        assert!(pairs.windows(2).all(|w| w[0].0 < w[1].0 && w[0].1 < w[1].1), "{pairs:?}");
        assert_eq!(pairs.iter().map(|&(i, _)| a[i]).collect::<String>(), expected, "{a:?} {b:?}");
    };
    check("", "abc", "");
    check("abc", "", "");
    check("abc", "abc", "abc");
    check("abcxdef", "abcydef", "abcdef");
    check("abcdef", "xabcdef", "abcdef");
    check("abcdef", "bdf", "bdf");
    check("abcabba", "cbabac", "caba");
    check("aaaa", "bbbb", "");
}

#[test]
fn long_sequences_without_anything_in_common_come_to_an_end() {
    let a: Vec<u32> = (0..8_000).collect();
    let mut b: Vec<u32> = (10_000..18_000).collect();
    assert_eq!(common(&a, &b), []);
    b.extend(7_000..8_000);
    assert!(common(&a, &b).len() <= 1_000);
}
