//! Figures of several rounds.

/// Measurements of one thing, one per round.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub(crate) struct Sample(pub(crate) Vec<f64>);

impl Sample {
    /// The middle one, or between the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let mid = sorted.len() / 2;
        match sorted.as_slice() {
            [] => f64::NAN,
            s if s.len() % 2 == 1 => s[mid],
            s => f64::midpoint(s[mid - 1], s[mid]),
        }
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    /// Round by round what this one has more than the other.
    pub(crate) fn above(&self, base: &Sample) -> Sample {
        Sample(self.0.iter().zip(&base.0).map(|(a, b)| a - b).collect())
    }
}

#[test]
fn middle_and_ends() {
    let s = |v: &[f64]| Sample(v.to_vec());
    assert!((s(&[3.0, 1.0, 2.0]).median() - 2.0).abs() < 1e-9);
    assert!((s(&[4.0, 1.0, 2.0, 3.0]).median() - 2.5).abs() < 1e-9);
    assert!(s(&[]).median().is_nan());
    assert!((s(&[3.0, 1.0]).min() - 1.0).abs() < 1e-9 && (s(&[3.0, 1.0]).max() - 3.0).abs() < 1e-9);
    assert_eq!(s(&[3.0, 5.0]).above(&s(&[1.0, 1.0])), s(&[2.0, 4.0]));
}
