package dev.countersign.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * The median of a figure over the rounds of a run, and between which values its middle half lies.
 *
 * @param low a quarter of the rounds are below
 * @param median half of the rounds are below
 * @param high a quarter of the rounds are above
 */
public record Quartiles(double low, double median, double high) {

  /** Of a figure of each round. */
  public static <T> Quartiles of(List<T> rounds, ToDoubleFunction<T> figure) {
    return of(rounds.stream().mapToDouble(figure).toArray());
  }

  /** Of the ratio of two lanes' figures, each of the same round. */
  public static <T> Quartiles ofRatios(
      List<T> rounds, List<T> baseline, ToDoubleFunction<T> figure) {
    double[] ratios = new double[rounds.size()];
    Arrays.setAll(
        ratios, i -> figure.applyAsDouble(rounds.get(i)) / figure.applyAsDouble(baseline.get(i)));
    return of(ratios);
  }

  /** Of these values, which may stand in any order. */
  public static Quartiles of(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int count = sorted.length;
    return new Quartiles(sorted[count / 4], sorted[count / 2], sorted[count * 3 / 4]);
  }
}
