package dev.countersign.build;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Each of some foreign things is used by at most one of our source files. */
final class UsedByOneClass extends ArchCondition<JavaClass> {
  private final Pattern targets;
  private final Function<JavaClass, String> thing;
  private final Map<String, Set<String>> users = new TreeMap<>();

  UsedByOneClass(String targets, Function<JavaClass, String> thing) {
    super("use each of " + targets + " in one class only");
    this.targets = Pattern.compile(targets);
    this.thing = thing;
  }

  @Override
  public void check(JavaClass type, ConditionEvents events) {
    for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
      JavaClass target = dependency.getTargetClass().getBaseComponentType();
      if (targets.matcher(target.getName()).matches()) {
        users
            .computeIfAbsent(thing.apply(target), name -> new TreeSet<>())
            .add(type.getName().split("\\$", 2)[0]);
      }
    }
  }

  @Override
  public void finish(ConditionEvents events) {
    users.forEach((name, classes) -> {
      if (classes.size() > 1) {
        events.add(SimpleConditionEvent.violated(this, name + " is used by " + classes));
      }
    });
  }
}
