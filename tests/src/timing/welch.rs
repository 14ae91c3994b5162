/// Above this, two classes are told apart: by chance that happens less than once in 100,000 runs.
/// It is the usual bound of leakage tests (ISO/IEC 17825; Reparaz, Balasch and Verbauwhede, 2017).
pub const BOUND: f64 = 4.5;

/// The shares of the samples, counted from the fastest, that the further looks keep: what the
/// machine does meanwhile makes some requests slow, and hides small differences.
const KEPT: [f64; 3] = [0.9, 0.75, 0.5];

/// Fewer samples of a class are no class any more. It then differs at the first look.
const FEWEST: usize = 30;

/// Two classes of durations in microseconds, compared.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// Samples of each class.
    pub n: [usize; 2],
    /// Their means.
    pub mean: [f64; 2],
    /// Welch's t of all samples.
    pub t: f64,
    /// Welch's t without the slowest tenth, quarter or half of both classes together: the largest.
    pub t_cropped: f64,
}

impl Compared {
    /// Compares two classes.
    #[must_use]
    pub fn of(classes: &[Vec<f64>; 2]) -> Self {
        let mut all: Vec<f64> = classes.iter().flatten().copied().collect();
        all.sort_by(f64::total_cmp);
        let looks = KEPT.iter().filter_map(|kept| {
            let cut = *all.get(quantile(all.len(), *kept))?;
            let cropped = classes.each_ref().map(|class| {
                class.iter().copied().filter(|sample| *sample <= cut).collect::<Vec<f64>>()
            });
            cropped.iter().all(|class| class.len() >= FEWEST).then(|| welch(&cropped))
        });
        Self {
            n: classes.each_ref().map(Vec::len),
            mean: classes.each_ref().map(|class| mean_and_variance(class).0),
            t: welch(classes),
            t_cropped: looks.max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(f64::NAN),
        }
    }

    /// Whether somebody who measures so often can tell the classes apart.
    #[must_use]
    pub fn differ(&self) -> bool {
        // What is no number at all is no proof that they are equal.
        !(self.t.abs() < BOUND && self.t_cropped.abs() < BOUND)
    }
}

fn quantile(samples: usize, kept: f64) -> usize {
    (samples as f64 * kept) as usize
}

/// Welch's t: the difference of the means in units of its standard error, for classes of unequal
/// variance.
fn welch(classes: &[Vec<f64>; 2]) -> f64 {
    let [first, second] = classes.each_ref().map(|class| {
        let (mean, variance) = mean_and_variance(class);
        (mean, variance / count(class))
    });
    (first.0 - second.0) / (first.1 + second.1).sqrt()
}

fn mean_and_variance(samples: &[f64]) -> (f64, f64) {
    let mean = samples.iter().sum::<f64>() / count(samples);
    let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    (mean, squares / (count(samples) - 1.0))
}

fn count(samples: &[f64]) -> f64 {
    samples.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_is_that_of_a_worked_example() {
        let a = vec![27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6];
        let b = vec![27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1];
        let t = welch(&[a, b]);
        assert!((t - -2.0896).abs() < 1e-4, "{t}");
    }

    #[test]
    fn a_difference_is_found_and_a_slow_machine_is_none() {
        let steady = |by: f64| (0..1000_u32).map(|i| f64::from(i % 17) + by).collect::<Vec<_>>();
        assert!(!Compared::of(&[steady(100.0), steady(100.0)]).differ());
        assert!(Compared::of(&[steady(100.0), steady(102.0)]).differ());
        // Hiccups of both classes hide the difference from the first look, and not from the second.
        let disturbed = |by: f64| {
            let mut samples = steady(by);
            samples.iter_mut().step_by(20).for_each(|sample| *sample *= 50.0);
            samples
        };
        let compared = Compared::of(&[disturbed(100.0), disturbed(102.0)]);
        assert!(compared.t.abs() < BOUND && compared.differ(), "{compared:?}");
        assert!(Compared::of(&[vec![], vec![]]).differ(), "nothing was measured");
    }
}
