// SPDX-License-Identifier: Apache-2.0
package dev.cannula.conformance;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.SchemaFactory;
import javax.xml.validation.Validator;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.w3c.dom.bootstrap.DOMImplementationRegistry;
import org.w3c.dom.ls.DOMImplementationLS;
import org.w3c.dom.ls.LSInput;
import org.xml.sax.SAXException;

/** The official XML schema of a FHIR version, from the packages that the validator brings along. */
final class Schema {
	private static final String ROOT = "fhir-single.xsd";
	private static final List<String> FILES = List.of(ROOT, "fhir-xhtml.xsd", "xml.xsd");
	private static final String R4_FOLDER = "/org/hl7/fhir/r4/model/schema/";
	private static final String R5_PACKAGE = "/org/hl7/fhir/r5/packages/hl7.fhir.r5.core-5.0.0.tgz";
	private static final Pattern ROOT_AND_ID = Pattern.compile("<(\\w+) xmlns=[^>]*>(?:<id value=\"([^\"]*)\")?");

	/** A document that the schema must refuse, or it proves nothing. */
	static final String OUT_OF_ORDER = "<Patient xmlns=\"http://hl7.org/fhir\"><birthDate value=\"1974\"/><gender value=\"other\"/></Patient>";

	/** The time that Java takes for the schema's pattern of base64 grows with the square of the length. */
	private static final Pattern LONG_BASE64 = Pattern.compile("(?<=value=\"[0-9A-Za-z+/]{4000})[0-9A-Za-z+/]+=*(?=\")");

	private final Validator validator;

	Schema(String version) throws IOException {
		Map<String, byte[]> files = version.equals("r4") ? ofFolder() : ofPackage();
		SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
		factory.setResourceResolver((type, namespace, publicId, systemId, base) -> input(files, systemId));
		try {
			validator = factory.newSchema(new StreamSource(new ByteArrayInputStream(files.get(ROOT)), ROOT)).newValidator();
		} catch (SAXException e) {
			throw new IOException(ROOT + " of " + version, e);
		}
	}

	private static Map<String, byte[]> ofFolder() throws IOException {
		Map<String, byte[]> files = new HashMap<>();
		for (String name : FILES) {
			try (InputStream in = Schema.class.getResourceAsStream(R4_FOLDER + name)) {
				files.put(name, in.readAllBytes());
			}
		}
		return files;
	}

	private static Map<String, byte[]> ofPackage() throws IOException {
		Map<String, byte[]> files = new HashMap<>();
		try (var tar = new TarArchiveInputStream(new GzipCompressorInputStream(Schema.class.getResourceAsStream(R5_PACKAGE)))) {
			for (TarArchiveEntry entry; (entry = tar.getNextEntry()) != null && files.size() < FILES.size();) {
				String name = entry.getName().replace("package/xml/", "");
				if (FILES.contains(name)) {
					files.put(name, tar.readAllBytes());
				}
			}
		}
		return files;
	}

	/** What the schema includes is beside it: nothing is asked from the network. */
	private static LSInput input(Map<String, byte[]> files, String systemId) {
		String name = systemId.substring(systemId.lastIndexOf('/') + 1);
		if (!files.containsKey(name)) {
			throw new IllegalArgumentException("the schema includes " + systemId);
		}
		try {
			var implementation = (DOMImplementationLS) DOMImplementationRegistry.newInstance().getDOMImplementation("LS");
			LSInput input = implementation.createLSInput();
			input.setByteStream(new ByteArrayInputStream(files.get(name)));
			input.setSystemId(name);
			return input;
		} catch (ReflectiveOperationException e) {
			throw new IllegalStateException(e);
		}
	}

	/** The documents of a file that has them one after the other, each from its XML declaration. */
	static List<String> documents(Path file) throws IOException {
		return List.of(Files.readString(file).split("(?m)(?<=\n)(?=<\\?xml )"));
	}

	/** What is wrong with the documents, a line each. */
	List<String> check(List<String> documents) throws IOException {
		List<String> wrong = new ArrayList<>();
		for (String document : documents) {
			try {
				String shorter = LONG_BASE64.matcher(document).replaceAll("");
				validator.validate(new StreamSource(new StringReader(shorter)));
			} catch (SAXException e) {
				wrong.add(name(document) + ": " + e.getMessage());
			}
		}
		return wrong;
	}

	private static String name(String document) {
		Matcher matcher = ROOT_AND_ID.matcher(document);
		return matcher.find() ? matcher.group(1) + "/" + matcher.group(2) : "a document";
	}
}
