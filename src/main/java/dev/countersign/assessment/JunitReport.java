package dev.countersign.assessment;

import dev.countersign.assessment.Outcome.Finding;
import dev.countersign.assessment.Outcome.NotRun;
import dev.countersign.assessment.Outcome.Passed;
import java.io.StringWriter;
import java.time.Duration;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/** A report as JUnit writes XML: a test case for each check, a failure for a finding, a skip for what did not run. */
final class JunitReport {
  private final XMLStreamWriter xml;

  private JunitReport(XMLStreamWriter xml) {
    this.xml = xml;
  }

  static String of(Report report) {
    StringWriter text = new StringWriter();
    try {
      XMLStreamWriter xml = XMLOutputFactory.newFactory().createXMLStreamWriter(text);
      new JunitReport(xml).write(report);
      xml.close();
    } catch (XMLStreamException e) {
      throw new IllegalStateException("the report cannot be written as XML", e);
    }
    return text.toString();
  }

  private void write(Report report) throws XMLStreamException {
    xml.writeStartDocument("UTF-8", "1.0");
    xml.writeCharacters("\n");
    xml.writeStartElement("testsuite");
    xml.writeAttribute("name", "countersign assess " + report.target());
    xml.writeAttribute("tests", String.valueOf(report.results().size()));
    xml.writeAttribute("failures", String.valueOf(report.findings().size()));
    xml.writeAttribute("errors", "0");
    xml.writeAttribute("skipped", String.valueOf(report.notRun().size()));
    xml.writeAttribute("timestamp", report.started().toString());
    xml.writeAttribute("time", seconds(report.took()));
    for (Result result : report.results()) {
      xml.writeCharacters("\n  ");
      testCase(result);
    }
    xml.writeCharacters("\n");
    xml.writeEndElement();
    xml.writeCharacters("\n");
    xml.writeEndDocument();
  }

  private void testCase(Result result) throws XMLStreamException {
    About check = result.check();
    xml.writeStartElement("testcase");
    xml.writeAttribute(
        "classname", "countersign.assess." + check.group().name().toLowerCase(Locale.ROOT));
    xml.writeAttribute("name", check.name());
    xml.writeAttribute("time", seconds(result.took()));
    if (result.outcome() instanceof Finding finding) {
      xml.writeStartElement("failure");
      xml.writeAttribute("type", check.severity().label());
      xml.writeAttribute("message", finding.summary());
      xml.writeCharacters(check.remedy());
      xml.writeEndElement();
    } else if (result.outcome() instanceof NotRun notRun) {
      xml.writeEmptyElement("skipped");
      xml.writeAttribute("message", notRun.why());
    } else if (result.outcome() instanceof Passed passed) {
      xml.writeStartElement("system-out");
      xml.writeCharacters(passed.seen());
      xml.writeEndElement();
    }
    xml.writeEndElement();
  }

  private static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.3f", time.toMillis() / 1000.0);
  }
}
